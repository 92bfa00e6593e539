import json
import math
from pathlib import Path

import pytest

from fastpaths.bench import reference, selfcheck
from fastpaths.bench.gate.decision import Decision, Gate
from fastpaths.bench.gate.intervals import Interval
from fastpaths.bench.gate.pairing import last_core
from fastpaths.bench.gate.verdict import Verdict
from fastpaths.bench.loading import cases_in, load
from fastpaths.bench.selfcheck import KINDS, SLOWDOWNS, Trial, attempt, noise_floor, summary, table


def trial(kind, slower, verdict, width=0.02):
    interval = Interval(slower / 100, slower / 100 - width, slower / 100 + width)
    return Trial(kind, slower, Decision(verdict=verdict, final=True, reason="", interval=interval), 1.0)


def test_the_reference_cases_give_their_answers_and_cover_every_trial():
    cases = {case.name: case for case in cases_in(load(Path(reference.__file__)))}
    for kind in KINDS:
        for slower in (0, *SLOWDOWNS):
            with cases[f"reference/{kind}[slower={slower}]"].make() as op:
                assert op.run() == op.expected


@pytest.mark.once
def test_a_tenth_more_work_is_found_through_real_processes():
    found = attempt("crc32", 10, Gate(budget=8), last_core())
    assert found.decision.found in (Verdict.REGRESSED, Verdict.INCONCLUSIVE)
    assert found.decision.interval.estimate == pytest.approx(math.log(1.1), abs=0.06)


def test_the_summary_counts_what_was_found():
    trials = [trial(kind, 0, Verdict.UNCHANGED) for kind in KINDS]
    trials += [trial(kind, 2, Verdict.UNCHANGED) for kind in KINDS]
    trials += [trial(kind, 5, Verdict.REGRESSED) for kind in KINDS]
    trials += [trial(kind, 10, Verdict.REGRESSED) for kind in KINDS]
    text = " ".join(summary(trials, Gate()))
    assert "False alarms: 0 of 6" in text
    assert "0 of 6 at +2 %, 6 of 6 at +5 %, 6 of 6 at +10 %" in text
    assert "found in every kind of operation: 5 %" in text
    assert noise_floor(trials) == pytest.approx(math.expm1(0.02))
    assert table(trials).row_count == len(KINDS)


def test_a_false_alarm_is_not_right():
    assert not trial("sort", 0, Verdict.IMPROVED).right
    assert trial("sort", 0, Verdict.INCONCLUSIVE).right
    assert not trial("sort", 5, Verdict.UNCHANGED).right


def test_what_was_found_is_kept_for_compare(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTPATHS_CACHE", str(tmp_path))
    assert selfcheck.last() is None
    selfcheck._save([trial("sort", 0, Verdict.UNCHANGED)])
    assert selfcheck.last()[1] == pytest.approx(math.expm1(0.02))


@pytest.mark.parametrize("made", [0, 2])
def test_interrupted_it_says_how_much_is_there_and_tells_no_noise_floor(made, tmp_path, monkeypatch, capsys):
    def attempt(kind, slower, *_):
        if KINDS.index(kind) == made:
            raise KeyboardInterrupt
        return trial(kind, slower, Verdict.UNCHANGED)

    monkeypatch.setenv("FASTPATHS_CACHE", str(tmp_path))
    monkeypatch.setattr(selfcheck, "attempt", attempt)
    assert selfcheck.run(["-o", str(tmp_path / "out.json")], "fastpaths selfcheck") == 130
    printed = capsys.readouterr()
    assert f"fastpaths selfcheck: interrupted; of 24 comparisons {made} were made" in printed.err
    assert ("operation" in printed.out) == bool(made)
    assert "oise floor:" not in printed.out
    assert selfcheck.last() is None
    written = [json.loads(path.read_text()) for path in tmp_path.glob("out.json")]
    assert [(data["interrupted"], len(data["trials"])) for data in written] == [(True, made)] * bool(made)
