"""kafka_latency.py as its users run it."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyperf
import pytest
from _scenario.load import Load
from _scenario.probe import NoBroker, Target, probe
from _scenario.results import Results

from fastpaths.bench.errors import BenchError
from fastpaths.kafka import Broker

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kafka_latency.py"
PERCENTILES = ("p99", "p50")
ONE = ["--broker", "embedded", "--client", "kafka-python", "--warmup-records", "5", "--reporting-interval", "300"]
SMALL = [*ONE, "--num-records", "40"]


def start(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, SCRIPT, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def finish(process, timeout=30):
    output, errors = process.communicate(timeout=timeout)
    assert "Traceback" not in errors, errors
    assert "Exception ignored" not in errors, errors
    return process.returncode, output, errors


def run(*arguments, **environment):
    return finish(start(*arguments, **environment))


def only_child(process):
    """The run's broker: a process that this test's own process started."""
    (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return int(child)


def when_measuring(process):
    """Read up to the first line that tells of records that have arrived after the warm-up."""
    while not (told := re.match(r"[\d.]+ s: [\d,]+ sent, ([\d,]+) received", line := process.stdout.readline())) or (
        int(told[1].replace(",", "")) < 20
    ):
        assert line, process.stderr.read()


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("latency")
    return folder, run(*SMALL, "--runs", 2, "-o", folder / "a.json", NO_COLOR="1", COLUMNS="60")


@pytest.mark.embedded
class TestEmbedded:
    def test_it_accounts_measures_and_says_what_it_is(self, measured):
        _, (status, output, errors) = measured
        assert status == 0, errors
        text = " ".join(output.split())
        assert text.count("45 sent, 45 delivered: 0 lost, 0 duplicated, 0 out of order, 0 corrupted") == 2
        assert "must not be compared with a real broker's" in text
        assert output.index("45 sent") < output.index("p50")
        assert "p90 has fewer than 10 samples beyond it" in text
        assert "\x1b" not in output
        assert all(len(line) <= 60 for line in output.splitlines() if ".json" not in line and ".hdr" not in line)

    def test_the_pyperf_file_has_a_run_a_run_and_a_value_a_statistic(self, measured):
        folder, _ = measured
        suite = pyperf.BenchmarkSuite.load(str(folder / "a.json"))
        names = ["min", "p50", "max", "mean", "throughput"]
        assert suite.get_benchmark_names() == [f"kafka/latency/ultra-low/kafka-python/{name}" for name in names]
        for benchmark in suite.get_benchmarks():
            assert [len(one.values) for one in benchmark.get_runs()] == [1, 1]
            about = benchmark.get_metadata()
            assert (about["broker_kind"], about["tuning"], about["num_records"]) == ("embedded", "ultra-low", 40)
            assert about["client_version"]
            assert "batch_size=0" in about["producer_options"]
        assert (folder / "a.hdr").read_text().count("\nTag=") == 4

    @pytest.mark.once
    def test_by_default_all_clients_are_measured_in_turn_and_compared(self, tmp_path):
        arguments = ["--broker", "embedded", "--fast", "--runs", 3, "-o", tmp_path / "a.json"]
        status, output, errors = finish(start(*arguments, COLUMNS="120"), timeout=60)
        assert status == 0, errors
        clients = ("kafka-python", "fastpaths", "confluent-kafka")
        titles = re.findall(r"^run (\d) of 3, (.+)$", output, re.M)
        assert titles == [(str(n + 1), clients[(n + place) % 3]) for n in range(3) for place in range(3)]
        summary = output[output.index("response, ms, with 95% intervals") :]
        number = r"[\d.,e+-]+"
        for client in clients[1:]:
            assert re.search(rf"{client} +{number} +{number} - {number} +{number} +{number} - {number}$", summary, re.M)
        names = {bench.get_name() for bench in pyperf.BenchmarkSuite.load(str(tmp_path / "a.json"))}
        assert {f"kafka/latency/ultra-low/{client}/p90" for client in clients} <= names

    @pytest.mark.parametrize("command", [["stats"], ["compare_to", "a.json"]], ids=["stats", "compare_to"])
    def test_pyperf_reads_it(self, measured, command):
        folder, _ = measured
        pyperf_run = subprocess.run(
            [sys.executable, "-m", "pyperf", *command, "a.json"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert pyperf_run.returncode == 0, pyperf_run.stderr
        assert "ERROR" not in pyperf_run.stdout
        assert "kafka/latency/ultra-low/kafka-python/p50" in pyperf_run.stdout

    def test_ctrl_c_reports_what_there_is_and_marks_it(self, tmp_path):
        process = start(*ONE, "-o", tmp_path / "a.json")
        when_measuring(process)
        process.send_signal(signal.SIGINT)
        status, output, _ = finish(process)
        assert status == 130
        assert "INCOMPLETE: interrupted" in output
        suite = pyperf.BenchmarkSuite.load(str(tmp_path / "a.json"))
        assert (
            suite.get_benchmark("kafka/latency/ultra-low/kafka-python/mean").get_metadata()["incomplete"]
            == "interrupted"
        )

    def test_a_broker_that_dies_ends_it(self, tmp_path):
        process = start(*ONE, "-o", tmp_path / "a.json")
        when_measuring(process)
        os.kill(only_child(process), signal.SIGKILL)
        status, output, _ = finish(process)
        assert status == 2
        assert "INCOMPLETE: the broker no longer answers" in output
        assert "mean" in output
        assert not (tmp_path / "a.json").exists()

    @pytest.mark.once
    def test_a_broker_that_stalls_is_seen_in_the_response_times(self, tmp_path):
        """300 ms in a run at 100 records a second: thirty records are late, and ten of a thousand by 200 ms or more."""
        process = start(*ONE, "--runs", 1, "--throughput", 100, "-o", tmp_path / "a.json")
        when_measuring(process)
        broker = only_child(process)
        os.kill(broker, signal.SIGSTOP)
        time.sleep(0.3)
        os.kill(broker, signal.SIGCONT)
        status, output, errors = finish(process)
        assert status == 0, output + errors
        suite = pyperf.BenchmarkSuite.load(str(tmp_path / "a.json"))
        p99, p50 = (suite.get_benchmark(f"kafka/latency/ultra-low/kafka-python/{name}").mean() for name in PERCENTILES)
        assert p99 > 0.15 > p50

    def test_an_embedded_broker_given_by_its_address_is_recognised(self):
        with Broker("embedded") as broker:
            assert probe(broker.bootstrap_servers).embedded


def one_line(result, *parts):
    status, output, errors = result
    assert (status, output, errors.count("\n")) == (2, "", 1), result
    for part in parts:
        assert part in errors


def test_a_file_that_exists_is_refused_before_anything_is_measured(tmp_path):
    (tmp_path / "a.json").write_text("mine")
    one_line(run(*SMALL, "-o", tmp_path / "a.json"), "a.json already exists")
    assert (tmp_path / "a.json").read_text() == "mine"


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_so_is_one_whose_histograms_are_there(tmp_path, name):
    (tmp_path / "a.hdr").write_text("mine")
    with pytest.raises(BenchError, match=r"a\.hdr already exists"):
        Results(tmp_path / name)


def test_more_than_the_embedded_broker_keeps_is_refused():
    load = Load(records=100_000, warmup=0, size=100, rate=100, seed=1)
    with pytest.raises(BenchError, match=r"keeps 5 MiB, and this load is 17\.2 MiB"):
        load.check(Target("embedded", "mock", "127.0.0.1:1"))
    load.check(Target("external", "4.1", "127.0.0.1:1"))


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    one_line(run("--bootstrap-server", address), f"no Kafka broker at {address}: connection refused")


def test_what_listens_is_not_kafka(monkeypatch):
    monkeypatch.setattr("_scenario.probe.EMBEDDED_TIMEOUT", 0.2)
    monkeypatch.setattr("_scenario.probe.ANSWER_TIMEOUT", 0.2)
    threads = threading.active_count()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NoBroker, match="gives no Kafka answer"):
        probe(f"127.0.0.1:{silent.getsockname()[1]}")
    assert threading.active_count() == threads  # a failed client leaves nothing running


def test_no_broker_and_none_to_embed_names_three_ways(tmp_path):
    (tmp_path / "confluent_kafka.py").write_text("raise ImportError('not here')")
    result = run(PYTHONPATH=str(tmp_path), KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    one_line(result, "127.0.0.1:1", "pip install confluent-kafka", "docker run", "--bootstrap-server HOST:PORT")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bootstrap-server", "nowhere"], "expected HOST:PORT, got 'nowhere'"),
        (["--bootstrap-server", "h:1", "--broker", "embedded"], "not allowed with argument"),
        (["--throughput", "-2"], "an open loop needs a rate"),
        (["--compressibility", "1.5"], "expected a share from 0 to 1"),
        (["--command-property", "acks"], "expected NAME=VALUE, got 'acks'"),
        (["--throughput", "nan"], "an open loop needs a rate"),
        (["--num-records", "0"], "must be at least 1, got 0"),
        (["--record-size", "27"], "must be at least 28, got 27"),
        (["--runs", "few"], "expected a whole number, got 'few'"),
        (["--tuning", "best"], "invalid choice: 'best'"),
    ],
)
def test_wrong_arguments(arguments, message, monkeypatch, capsys):
    import kafka_latency

    monkeypatch.setattr(sys, "argv", ["kafka_latency.py", *arguments])
    with pytest.raises(SystemExit) as ending:
        kafka_latency.arguments()
    assert ending.value.code == 2
    assert message in capsys.readouterr().err
