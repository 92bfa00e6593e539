"""--find-max: a closed loop, then one rate after the other, each on the same scenario."""

import io
import sys
from dataclasses import replace
from types import SimpleNamespace

import kafka_raw_bytes
import numpy as np
import pyperf
import pytest
from _scenario import search, throughput
from _scenario.accounting import Account
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.probe import Target
from rich.console import Console

LOAD = Load(records=100, warmup=0, size=64, rate=None, seed=1)


@pytest.mark.embedded
@pytest.mark.once
def test_on_a_broker(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(search, "SECONDS", 0.3)
    monkeypatch.setattr(search, "KEPT_UP", 0.0)  # so that the first rate holds
    arguments = ["--broker", "embedded", "--client", "fastpaths", "--find-max", "--latency-slo", "p50<9s"]
    few = ["--num-records", "300", "--warmup-records", "30", "--producers", "1", "-o", str(tmp_path / "a.json")]
    monkeypatch.setattr(sys, "argv", ["kafka_raw_bytes.py", *arguments, *few])
    assert throughput.main(kafka_raw_bytes.arguments(), kafka_raw_bytes.scenario) == 0
    output = capsys.readouterr().out
    assert output.count("records/s for p50<9000ms") == 2  # two that agree
    highest = output.index("highest rate with p50<9000ms")
    assert "fastpaths: " in output[highest:]
    (found,) = pyperf.BenchmarkSuite.load(str(tmp_path / "a.json")).get_benchmarks()
    assert found.get_name() == "kafka/raw-bytes/64/fastpaths/sustained"
    about = found.get_metadata()
    assert (about["objective"], about["loop"]) == ("p50<9000ms", "open")
    assert about["records_per_second"] == pytest.approx(1 / found.mean())


def session(monkeypatch, runs):
    """Whose runs are these. What it prints, and how it ends."""
    given = SimpleNamespace(latency_slo=None, client=None, find_max=True)
    scenario = kafka_raw_bytes.scenario(given, LOAD)
    out = Console(file=io.StringIO(), width=120)
    made = throughput.Session(out, Target("external", "none", "127.0.0.1:1"), scenario, given, None)
    left = iter(runs)
    monkeypatch.setattr(throughput.Session, "_run", lambda self, side, wanted: next(left))
    return made.search(LOAD), out.file.getvalue()


DUE = np.arange(2000) * 1_000_000
HOLDS = Measured(Account(2000, 2000, *[0] * 6), DUE, DUE, DUE + 19_000_000, 0.0, nanoseconds=2 * 10**9)
BROKEN = replace(HOLDS, stopped="the broker has gone")
STOPPED = replace(HOLDS, stopped="interrupted", interrupted=True)


@pytest.mark.parametrize(("ending", "status"), [(BROKEN, 2), (STOPPED, 130)])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_what_earlier_clients_reached_is_shown_however_it_ends(monkeypatch, ending, status, before):
    """kafka-python holds its rate twice; then fastpaths has so many good runs before the last."""
    ended, output = session(monkeypatch, [HOLDS, HOLDS, HOLDS, *[HOLDS] * before, ending])
    assert ended == status
    tail = output[output.index("highest rate with p99<20ms") :]
    assert "kafka-python: 1,000 records/s" in tail
    assert "fastpaths" not in tail


def test_all_of_them(monkeypatch):
    ended, output = session(monkeypatch, [HOLDS] * 9)
    assert ended == 0
    assert output.count(": 1,000 records/s (") == 3
