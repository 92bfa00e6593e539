"""docs/figures.py: README's tables are those of the files in docs/results."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path

import pyperf
import pytest

from fastpaths.bench.errors import BenchError

ROOT = Path(__file__).parent.parent


@pytest.fixture
def figures(tmp_path, monkeypatch):
    """The script, which writes to copies."""
    spec = importlib.util.spec_from_file_location("figures", ROOT / "docs" / "figures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shutil.copy(ROOT / "README.md", tmp_path)
    monkeypatch.setattr(module, "DOCS", tmp_path)
    monkeypatch.setattr(module, "README", tmp_path / "README.md")
    monkeypatch.setattr(sys, "argv", ["figures.py"])
    return module


def test_readme_is_what_it_writes(figures, tmp_path):
    assert figures.main() == 0
    assert (tmp_path / "README.md").read_text() == (ROOT / "README.md").read_text()
    assert "<svg" in (tmp_path / "versus.svg").read_text()


def test_files_do_not_tell_whose_machine_they_are_of(figures, tmp_path, monkeypatch):
    for path in (ROOT / "docs" / "results").glob("*.json"):
        assert not figures.PRIVATE & json.loads(path.read_text()).get("metadata", {}).keys()
    path = tmp_path / "memory.json"
    about = {"unit": "byte", "hostname": "mine", "python_executable": "/home/me/bin/python", "cpu_count": 2}
    pyperf.BenchmarkSuite([benchmark("memory/table[rows=10]", [690.0], **about)]).dump(str(path))
    monkeypatch.setattr(sys, "argv", ["figures.py", str(path)])
    assert figures.main() == 0
    (kept,) = pyperf.BenchmarkSuite.load(str(path))
    assert (kept.get_metadata()["cpu_count"], kept.mean()) == (2, 690.0)
    assert "mine" not in path.read_text()
    assert "/home/me" not in path.read_text()


def benchmark(name, values, **metadata):
    return pyperf.Benchmark([pyperf.Run([value], metadata={"name": name, **metadata}) for value in values])


def test_ratios_are_of_the_same_round(figures):
    contest = {"record_size": 100, "cpu_seconds_a_million": 0.25}
    (table,) = figures.kafka_tables(
        [
            benchmark("kafka/consume/fastpaths poll_batches/throughput", [1e-7, 2e-7, 1e-7], **contest),
            benchmark("kafka/consume/fastpaths poll_batches, byte_sum/throughput", [9e-7] * 3, **contest),
            benchmark("kafka/consume/fastpaths poll/throughput", [1e-6] * 3, **contest),
            benchmark("kafka/consume/kcat/throughput", [5e-7, 6e-7, 6e-7], **{**contest, "cpu_seconds_a_million": 0.5}),
        ]
    )
    assert table.splitlines()[2:] == [
        "| consume, 100 B | *records a second, CPU a million* | 10.0 M | 250 ms | 1.00 M | 250 ms |",
        "|  | kcat: 1.67 M, 500 ms | 5x (3 to 6) | 1/2 | 0.6x (0.5 to 0.6) | 1/2 |",
    ]


def test_scenarios_and_latencies(figures):
    scenario = {"scenario": "json", "record_size": 200, "cpu_seconds": 3.0, "num_records": 1_000_000}
    latency = {"record_size": 100, "records_per_second": 100.0}
    table, line = figures.kafka_tables(
        [
            benchmark("kafka/latency/ultra-low/fastpaths/p50", [0.001, 0.002, 0.003], **latency),
            benchmark("kafka/latency/ultra-low/fastpaths/throughput", [0.01], **latency),
            benchmark("kafka/latency/ultra-low/kafka-python/p50", [0.004], **latency),
            benchmark("kafka/json/200/kafka-python/throughput", [1e-5], **scenario),
            benchmark("kafka/json/200/fastpaths/throughput", [2e-6], **{**scenario, "cpu_seconds": 6.0}),
        ]
    )
    assert table.splitlines()[2:] == ["| json, 200 B | 500 k, 6.00 s | kafka-python: 100 k, 3.00 s | 5x (5 to 5) | 2 |"]
    assert line.endswith("from due time to `poll()`: fastpaths 2.00 ms, kafka-python 4.00 ms.\n")


def test_files_of_two_machines_are_refused(figures, tmp_path, monkeypatch):
    (file,) = (ROOT / "docs" / "results").glob("1-*.json")
    other = tmp_path / "other.json"
    other.write_text(json.dumps(json.loads(file.read_text()) | {"machine": "another"}))
    monkeypatch.setattr(sys, "argv", ["figures.py", str(file), str(other)])
    with pytest.raises(BenchError, match="expected files of one machine, Python and day"):
        figures.main()
