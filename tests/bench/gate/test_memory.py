"""Verdicts on memory: the rule of time, on bytes that are counted."""

import io
import json
import random

import pytest
from rich.console import Console

from fastpaths.bench.gate import memory
from fastpaths.bench.gate.comparison import Comparison, Outcome, load
from fastpaths.bench.gate.decision import Gate
from fastpaths.bench.gate.memory import Footprints, changes
from fastpaths.bench.gate.summary import headline, notes, table
from fastpaths.bench.memory import Footprint

SIDE = {"label": "x", "title": "x", "built_from_source": True}


def footprint(kept, peak=1_000_000, set_up=50_000):
    return Footprint(set_up=set_up, kept=int(kept), peak=int(peak), allocations=10, items=1000)


def rounds(factor, noise=0.0):
    rng = random.Random(1)
    sizes = [(rng.gauss(1e6, noise * 1e6), rng.gauss(1e6, noise * 1e6) * factor) for _ in range(memory.ROUNDS)]
    return [Footprints(footprint(a), footprint(b)) for a, b in sizes]


@pytest.mark.parametrize(
    ("factor", "noise", "verdict"),
    [
        (1.0, 0.0, "unchanged"),
        (1.0, 0.002, "unchanged"),
        (1.01, 0.0, "unchanged"),
        (1.05, 0.0, "regressed"),
        (1.05, 0.002, "regressed"),
        (0.9, 0.0, "improved"),
        (1.0, 0.1, "inconclusive"),
    ],
)
def test_the_words_are_those_of_time(factor, noise, verdict):
    found = {change.figure: change.verdict for change in changes(rounds(factor, noise), 0.05)}
    assert found == {"set_up": "unchanged", "kept": verdict, "peak": "unchanged"}
    assert memory.verdict(rounds(factor, noise), 0.05) == verdict


def test_values_that_agree_but_for_one_prove_as_much_as_that_one():
    wild = [*rounds(1.0)[1:], Footprints(footprint(1e6), footprint(2e6))]
    assert memory.verdict(wild, 0.05) == "inconclusive"
    odd = [*rounds(1.0)[1:], Footprints(footprint(1e6), footprint(1e6 + 57))]
    assert memory.verdict(odd, 0.05) == "unchanged"
    more = [*rounds(1.06)[1:], Footprints(footprint(1e6), footprint(1.06e6 + 57))]
    assert memory.verdict(more, 0.05) == "regressed"
    assert memory.verdict([Footprints(footprint(1e6), footprint(1e6 + 57))], 0.05) == "inconclusive"


def test_what_is_too_little_is_not_judged():
    small = [Footprints(footprint(100, 200, 0), footprint(300, 400, 0))] * memory.ROUNDS
    assert memory.verdict(small, 0.05) is None
    assert memory.verdict([], 0.05) is None


def test_what_one_side_does_without_is_a_change():
    (_, kept, _) = changes([Footprints(footprint(0), footprint(1e6))] * memory.ROUNDS, 0.05)
    assert (kept.verdict, kept.bytes_a_record) == ("regressed", (0, 1000))


def test_a_comparison_counts_says_and_keeps_them(tmp_path):
    outcome = Outcome("g/f", Gate(), memory=rounds(1.05))
    comparison = Comparison(SIDE, SIDE, "machine", "now", [outcome])
    assert comparison.exit_code() == 1
    assert "memory: 1 regressed" in headline(comparison)
    assert any("kept by the operation regressed: +5.00 %" in note for note in notes(comparison))
    comparison.save(tmp_path / "out.json")
    assert load(tmp_path / "out.json").outcomes[0].memory == outcome.memory


def test_files_from_before_memory_was_compared_are_read(tmp_path):
    Comparison(SIDE, SIDE, "machine", "now", [Outcome("g/f", Gate())]).save(tmp_path / "out.json")
    data = json.loads((tmp_path / "out.json").read_text())
    del data["cases"][0]["memory"]
    (tmp_path / "out.json").write_text(json.dumps(data))
    assert load(tmp_path / "out.json").outcomes[0].memory == []


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_shows_all_of_it_on_any_terminal(width):
    name = "a/long_name_of_a_case[rows=10000,keys=column]"
    out = io.StringIO()
    Console(file=out, width=width).print(table([Outcome(name, Gate(), memory=rounds(1.05))], width))
    said = out.getvalue()
    assert max(map(len, said.splitlines())) <= width
    assert name in said.replace("\n", "").replace(" ", "")
    assert "memory" in said
    assert "regressed" in said
