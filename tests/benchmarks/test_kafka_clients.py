"""kafka_clients.py as its users run it: contests, tables, files, and what an interruption leaves."""

import io
import os
import signal
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import kafka_clients
import pyperf
import pytest
from _scenario import standings
from _scenario.contest import CONTESTS, Contest
from _scenario.contestants import Reading
from _scenario.probe import Target
from rich.console import Console

from fastpaths.bench.errors import BenchError
from fastpaths.bench.results import ResultFile

SCRIPT = Path(kafka_clients.__file__)
DEFAULTS = Namespace(records=None, size=None, compression=None, partitions=4, seconds=3.0, fast=False)
APACHE, EMBEDDED = Target("apache", "4.1.1", "here:1"), Target("embedded", "mock", "here:1")


def reading(rate, cpu_seconds):
    return Reading("1.0", 1000, 1000, 1000 / rate, cpu_seconds, 0.0, 0.0)


def a_round(scale=1.0):
    return {
        "fastpaths poll_batches": reading(8e6 * scale, 0.0001),
        "fastpaths poll_batches, byte_sum": reading(7e6, 0.0001),
        "fastpaths poll": reading(2e6, 0.0004),
        "kafka-python": reading(2e5, 0.005),
        "kcat": reading(2.5e6, 0.0002),
    }


def printed(table):
    out = Console(file=io.StringIO(), width=kafka_clients.WIDTH)
    out.print(table)
    return [line.split() for line in out.file.getvalue().splitlines()]


class TestTables:
    def test_ratios_are_of_each_of_ours_to_each_of_the_others(self):
        heading, *rows = printed(standings.ratios([a_round(), a_round(0.5), a_round(2)]))
        one = ["is", "from", "to", "of", "its", "CPU"]
        assert heading == ["against", "poll_batches", *one, "poll", *one]
        assert rows == [
            ["kafka-python", "40x", "20x", "80x", "1/50", "10x", "10x", "10x", "1/12.5"],
            ["kcat", "3.2x", "1.6x", "6.4x", "1/2", "0.8x", "0.8x", "0.8x", "2"],
        ]

    def test_figures_are_medians_and_where_they_go(self):
        _, first, *others = printed(standings.figures([a_round(), a_round(0.5), a_round(2)]))
        assert first == ["fastpaths", "poll_batches", "1.0", "8.000", "4.000", "16.000", "0.100"]
        assert len(others) == 4


class TestTasks:
    def test_each_contest_has_its_own(self):
        tasks = {name: kafka_clients.task_of(DEFAULTS, name, APACHE) for name in CONTESTS}
        assert tasks == CONTESTS
        assert (tasks["consume-1k"].size, tasks["consume-lz4"].compression) == (1024, "lz4")
        assert [name for name, task in tasks.items() if task.idempotent] == ["produce-idempotent"]

    def test_the_command_line_goes_first(self):
        given = Namespace(**{**vars(DEFAULTS), "records": 5000, "size": 10, "compression": "zstd", "partitions": 2})
        task = kafka_clients.task_of(given, "consume-1k", APACHE)
        assert (task.records, task.size, task.compression, task.partitions) == (5000, 10, "zstd", 2)

    @pytest.mark.parametrize("name", CONTESTS)
    def test_an_embedded_broker_is_not_given_more_than_it_keeps(self, name):
        assert kafka_clients.task_of(DEFAULTS, name, EMBEDDED).records < CONTESTS[name].records / 20
        with pytest.raises(BenchError, match="keeps 5 MiB"):
            kafka_clients.task_of(Namespace(**{**vars(DEFAULTS), "records": 2_000_000}), name, EMBEDDED)


@pytest.mark.parametrize("error", [KeyboardInterrupt, BenchError("the broker is gone")])
def test_what_ends_a_contest_leaves_its_complete_rounds(error, monkeypatch, tmp_path):
    def rounds(self, clients, runs):
        yield a_round()
        yield a_round(2)
        raise error

    monkeypatch.setattr(Contest, "rounds", rounds)
    out, path = Console(file=io.StringIO(), width=kafka_clients.WIDTH), tmp_path / "a.json"
    contest = Contest(APACHE, replace(CONTESTS["consume-lz4"], partitions=1))
    with pytest.raises(error if isinstance(error, type) else type(error)):
        kafka_clients.measure(out, "consume-lz4", contest, 5, ResultFile.opened(str(path), None))
    assert "round 2 of 5" in out.file.getvalue()
    assert "12.000  8.000  16.000" in out.file.getvalue()
    suite = pyperf.BenchmarkSuite.load(str(path))
    assert suite.get_benchmark_names() == [f"kafka/consume-lz4/{client}/throughput" for client in a_round()]
    found = suite.get_benchmark("kafka/consume-lz4/kcat/throughput")
    assert found.get_values() == (4e-7, 4e-7)
    assert (found.get_metadata()["compression"], found.get_metadata()["broker_kind"]) == ("lz4", "apache")


@pytest.mark.embedded
@pytest.mark.once
def test_ctrl_c_reports_what_there_is(tmp_path):
    path = tmp_path / "a.json"
    options = ["--broker", "embedded", "--contest", "end-to-end", "produce", "--num-records", "2000", "--runs", "99"]
    command = [sys.executable, SCRIPT, *options, "-o", path]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, start_new_session=True, **pipes) as process:
        before = []
        while "round 1 of 99\n" not in before:
            before.append(process.stdout.readline())
            assert before[-1], process.stderr.read()
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to its clients, too
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (130, "kafka_clients.py: interrupted\n")
    assert "fastpaths is" in output
    assert "produce" not in output
    benchmarks = pyperf.BenchmarkSuite.load(str(path)).get_benchmarks()
    assert {bench.get_name().split("/")[1] for bench in benchmarks} == {"end-to-end"}
    assert len({bench.get_nvalue() for bench in benchmarks}) == 1
