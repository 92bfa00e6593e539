"""Several load generators: processes, and workers of a Dask cluster."""

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyperf
import pytest
from _scenario.accounting import Account
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.workers import Pool, _workers, merged, share

from fastpaths.bench.errors import BenchError

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kafka_raw_bytes.py"
SMALL = ["--broker", "embedded", "--num-records", "200", "--warmup-records", "20", "--runs", "1", "--producers", "1"]


def part(count, start, milliseconds, **more):
    due = start + np.arange(count) * 1_000_000
    account = Account(count, count, *[0] * 6)
    return Measured(account, due, due + 1, due + milliseconds * 1_000_000, float(start), **more)


def test_parts_are_merged():
    whole = merged([part(10, 0, 3, cpu_seconds=1.0), part(20, 10**15, 5, cpu_seconds=2.0)])  # clocks that do not agree
    assert (whole.account.sent, whole.account.delivered, whole.counted) == (30, 30, 30)
    assert sorted(whole.response.samples.tolist()) == [3_000_000] * 10 + [5_000_000] * 20
    assert whole.nanoseconds == 24_000_000  # the second's: 19 ms of schedule, and 5
    assert (whole.cpu_seconds, whole.began, whole.sound) == (3.0, 0.0, True)


def test_one_that_failed_spoils_it():
    lost = Measured(Account(10, 9, 0, 1, 0, 0, 0, 0), *[np.zeros(0, np.int64)] * 3, 1.0, "the broker has gone")
    whole = merged([part(10, 0, 3), lost])
    assert (whole.stopped, whole.account.faults, whole.sound) == ("the broker has gone", {"lost": 1}, False)


def test_a_share():
    assert share(Load(10, 3, 100, 1000.0, 1), 4) == Load(3, 1, 100, 250.0, 1)
    assert share(Load(10, 3, 100, None, 1), 4).rate is None


def test_what_is_no_number_of_workers():
    assert (_workers("3"), _workers("dask://here:1")) == (3, "dask://here:1")
    for text in ("0", "-1", "many", "tcp://here:1"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected a number from 1 on, or dask://HOST:PORT"):
            _workers(text)


def measured(workers, tmp_path, *more):
    command = [sys.executable, SCRIPT, *SMALL, "--client", "fastpaths", "--workers", workers, *more]
    run = subprocess.run(
        [*command, "-o", tmp_path / "a.json"], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "220 sent, 220 delivered: 0 lost" in run.stdout
    (benchmark,) = pyperf.BenchmarkSuite.load(str(tmp_path / "a.json")).get_benchmarks()
    assert benchmark.get_metadata()["workers"] == workers
    assert benchmark.get_metadata()["num_records"] == 200


@pytest.mark.embedded
@pytest.mark.once
def test_processes(tmp_path):
    measured("2", tmp_path)


@pytest.mark.embedded
@pytest.mark.dask
@pytest.mark.once
def test_dask(tmp_path):
    """Its workers are processes elsewhere, which cannot import a thing of ours but what is installed."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.worker.daemon": False}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        measured(cluster.scheduler_address.replace("tcp", "dask"), tmp_path)


@pytest.mark.dask
def test_no_scheduler_answers(monkeypatch):
    monkeypatch.setattr("_scenario.workers.PATIENCE", 0.5)
    with pytest.raises(BenchError, match="no Dask scheduler answers there"):
        Pool("dask://127.0.0.1:1").run(Load(1, 0, 50, None, 1), print)
