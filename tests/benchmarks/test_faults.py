"""A script that meets a fault says so first, keeps no statistics of that run, and ends with 2."""

import sys
from pathlib import Path

import kafka_latency
import pytest
from _scenario import silence, throughput

from fastpaths.bench.errors import exit_code

if (here := str(Path(__file__).parent)) not in sys.path:
    sys.path.append(here)  # where the processes find it, too
import faulty

pytestmark = [pytest.mark.embedded, pytest.mark.once]
FAULTS = {"dropped": "lost", "doubled": "duplicated", "damaged": "corrupted", "swapped": "out of order"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(silence, "TIMEOUT", 1.0)


def assert_told(output, count, fault):
    """In the first line of the run."""
    run = output[output.index("run 1 of 1, ") :].splitlines()
    assert " sent, " in run[1]
    assert f"{count} {fault}" in " ".join(run[1:3])
    assert "run 2" not in output


@pytest.mark.parametrize("fate", FAULTS)
def test_a_throughput_script(fate, capsys, tmp_path):
    parser = throughput.parser_of("", faulty.SIDES, records=90, size=50, warmup=10)
    arguments = ["--broker", "embedded", "--producers", "1", "--runs", "1", "--client", fate]
    given = parser.parse_args([*arguments, "-o", str(tmp_path / "a.json")])
    assert exit_code("script", lambda: throughput.main(given, faulty.scenario)) == 2
    assert_told(capsys.readouterr().out, 1, FAULTS[fate])
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize("fate", ["dropped", "doubled", "damaged"])
def test_kafka_latency(fate, monkeypatch, capsys, tmp_path):
    client = faulty.Careless("kafka-python", "kafka", "kafka-python", fate=getattr(faulty, fate))
    monkeypatch.setitem(kafka_latency.CLIENTS, "kafka-python", client)
    few = ["--client", "kafka-python", "--runs", "1", "--num-records", "30", "--warmup-records", "5"]
    arguments = ["kafka_latency.py", "--broker", "embedded", *few, "-o", str(tmp_path / "a.json")]
    monkeypatch.setattr(sys, "argv", arguments)
    assert exit_code("script", kafka_latency.main) == 2
    assert_told(capsys.readouterr().out, 1, FAULTS[fate])
    assert not (tmp_path / "a.json").exists()
