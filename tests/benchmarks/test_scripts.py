"""Every benchmark script runs and is registered in benchmarks/README.md."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = sorted(path.name for path in BENCHMARKS.glob("*.py") if not path.name.startswith("_"))
THROUGHPUT = ["--num-records", "500", "--warmup-records", "100", "--runs", "1", "--producers", "1"]
SMALLEST = {
    "gate_trial.py": ["--scale", "0.001"],
    "table_memory.py": ["--rows", "10000"],
    "kafka_clients.py": ["--broker", "embedded", "--fast", "--contest", "consume", "produce", "end-to-end"],
    "resource_profile.py": ["--seconds", "0.5"],
    "kafka_latency.py": ["--broker", "embedded", "--fast", "--num-records", "50", "--warmup-records", "5"],
    **{
        f"kafka_{name}.py": ["--broker", "embedded", *THROUGHPUT, "--client", *clients]
        for name, clients in {
            "async": ["fixed-20", "adaptive"],
            "batch": ["kafka-python", "MegaBatch"],
            "datasource": ["kafka-python", "fastpaths-source"],
            "enrich": ["kafka-python", "fastpaths"],
            "json": ["kafka-python", "fastpaths"],
            "raw_bytes": ["fastpaths", "no-client"],
            "zero_copy": ["kafka-python", "fastpaths"],
        }.items()
    },
}
CASES = ["--preset", "quick", "-p", "1", "-n", "1", "-w", "0", "--min-time", "0.0001"]


def test_there_are_scripts():
    assert SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS)
def test_it_is_registered(script):
    assert f"`{script}`" in (BENCHMARKS / "README.md").read_text()


def test_the_cases_are_there_without_their_peers():
    """A side of `fastpaths compare` has what the project needs, and no more."""
    absent = ("polars", "duckdb", "pyarrow", "pandas", "orjson", "distributed", "aiokafka", "psutil", "pyperf", "rich")
    program = (
        f"import sys; sys.modules |= dict.fromkeys({absent})\n"
        "from fastpaths.bench.discovery import find\n"
        "cases, broken = find([], None)\n"
        "assert cases and not broken, broken"
    )
    command = [sys.executable, "-P", "-c", program]
    run = subprocess.run(command, cwd=BENCHMARKS.parent, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr


@pytest.mark.smoke
@pytest.mark.parametrize("script", SCRIPTS)
def test_it_runs(script, tmp_path):
    command = [sys.executable, BENCHMARKS / script, *SMALLEST.get(script, CASES), "-o", tmp_path / "out.json"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert (tmp_path / "out.json").stat().st_size > 0
    assert "Exception ignored" not in run.stderr
