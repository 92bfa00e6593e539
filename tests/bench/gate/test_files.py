"""Two pyperf files: an honest verdict, and what makes them incomparable."""

import json
import random
import subprocess
import sys

import pyperf
import pytest

from fastpaths.bench.errors import BenchError
from fastpaths.bench.gate.files import compare_files


def write(path, name="g/x", mean=1e-3, processes=12, noise=0.01, seed=1, **metadata):
    rng = random.Random(seed)
    runs = []
    for _ in range(processes):
        level = mean * (1 + rng.gauss(0, noise))
        values = [level * (1 + rng.gauss(0, noise / 4)) for _ in range(3)]
        about = {"name": name, "unit": "second", "loops": 1, **metadata}
        runs.append(pyperf.Run(values, metadata=about, collect_metadata=False))
    pyperf.BenchmarkSuite([pyperf.Benchmark(runs)]).dump(str(path), replace=True)
    return path


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.0, "unchanged"), (1.5, "regressed"), (0.6, "improved"), (1.06, "unchanged")]
)
def test_verdicts(tmp_path, factor, verdict):
    old, new = write(tmp_path / "old.json"), write(tmp_path / "new.json", mean=1e-3 * factor, seed=2)
    ((outcome,), lonely) = compare_files(old, new)
    assert outcome.decision.verdict == verdict
    assert lonely == []


def test_one_process_proves_nothing(tmp_path):
    old, new = write(tmp_path / "old.json", processes=1), write(tmp_path / "new.json", processes=1, mean=9e-3)
    ((outcome,), _) = compare_files(old, new)
    assert outcome.decision.verdict == "inconclusive"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"broker_kind": "embedded"}, {"broker_kind": "apache"}, "kinds of broker: embedded and apache"),
        ({"inner_loops": 3}, {"inner_loops": 4}, "calls a loop"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path, before, after, words):
    old, new = write(tmp_path / "old.json", **before), write(tmp_path / "new.json", **after)
    ((outcome,), _) = compare_files(old, new)
    assert outcome.decision is None
    assert words in outcome.refusal


def test_what_differs_beside_is_pointed_out(tmp_path):
    old = write(tmp_path / "old.json", cpu_model_name="one", python_version="3.11")
    new = write(tmp_path / "new.json", cpu_model_name="two", python_version="3.13")
    ((outcome,), _) = compare_files(old, new)
    assert outcome.decision is not None
    assert [text.partition(":")[0] for text in outcome.warnings] == ["different CPUs", "different Pythons"]


def test_what_shapes_a_kafka_scenario_is_pointed_out(tmp_path):
    """Whatever a scenario says of its set-up, but what is no option: a run's own figures, and the seed."""
    about = {
        "broker_version": ("4.1", "4.0"),
        "client_version": ("3.0.12", "3.0.11"),
        "producer_options": ("acks=1", "acks=all"),
        "consumer_options": ("fetch_min_bytes=1", "fetch_min_bytes=1024"),
        "loop": ("open", "closed"),
        "records_per_second": (100, 200),
        "record_size": (64, 65),
        "lz4_share": (1.0, 0.05),
        "producers": (4, 1),
        "partitions": (3, 12),
        "workers": ("1", "dask://host:1"),
    }
    old = write(tmp_path / "old.json", broker_kind="apache", **{name: was for name, (was, _) in about.items()})
    new = write(tmp_path / "new.json", broker_kind="apache", **{name: became for name, (_, became) in about.items()})
    ((outcome,), _) = compare_files(old, new)
    assert outcome.decision is not None
    assert len(outcome.warnings) == len(about)
    for warning, (was, became) in zip(outcome.warnings, about.values(), strict=True):
        assert warning.endswith(f": {was} and {became}")


def test_files_without_a_common_benchmark_are_refused(tmp_path):
    with pytest.raises(BenchError, match="no benchmark in common"):
        compare_files(write(tmp_path / "a.json", name="x"), write(tmp_path / "b.json", name="y"))


def compare(folder, *arguments):
    command = [sys.executable, "-P", "-m", "fastpaths", "compare", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_says_that_they_were_not_paired(tmp_path):
    write(tmp_path / "old.json")
    write(tmp_path / "new.json", mean=2e-3)
    run = compare(tmp_path, "old.json", "new.json")
    assert run.returncode == 1, run.stderr
    assert "regressed" in run.stdout
    assert "not paired" in run.stdout


def test_what_the_command_is_asked_for(tmp_path):
    for name, mean in (("old.json", 1e-3), ("new.json", 2e-3)):
        write(tmp_path / name, name="g/x[rows=10]", mean=mean)
        pyperf.add_runs(str(tmp_path / name), pyperf.BenchmarkSuite.load(str(write(tmp_path / "y.json", name="g/y"))))
    run = compare(tmp_path, "old.json", "new.json", "g/y", "-o", "found.json")
    assert run.returncode == 0, run.stderr
    assert [one["name"] for one in json.loads((tmp_path / "found.json").read_text())["benchmarks"]] == ["g/y"]
    run = compare(tmp_path, "old.json", "new.json", "--only", "regressed", "--tolerance", "30")
    assert run.returncode == 1
    assert "g/x[rows=10]" in run.stdout
    assert "g/y" not in run.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["old.json", "new.json", "g/z"], "have no benchmark in common that g/z names"),
        (
            ["old.json", "new.json", "--count", "--markdown", "x.md"],
            "--count, --markdown can be given for two versions",
        ),
        (["old.json", "list.json"], "list.json is not a pyperf file"),
        (["list.json", "new.json"], "list.json is not a pyperf file: expected a JSON object, found [1, 2]"),
        (["old.json", "absent.json"], "cannot read absent.json: there is no such file"),
    ],
)
def test_what_the_command_refuses(tmp_path, arguments, words):
    write(tmp_path / "old.json")
    write(tmp_path / "new.json")
    (tmp_path / "list.json").write_text("[1, 2]")
    run = compare(tmp_path, *arguments)
    assert run.returncode == 2
    assert words in run.stderr
    assert "Traceback" not in run.stderr
