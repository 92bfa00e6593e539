"""The scripts of throughput as their users run them."""

import json
import os
import signal
import subprocess
import sys
import time
import zlib
from dataclasses import replace
from pathlib import Path

import kafka_enrich
import kafka_json
import kafka_zero_copy
import lz4.frame
import pyperf
import pytest
from _scenario import load, throughput
from _scenario.clients import PRESETS
from _scenario.json_values import JsonValues
from _scenario.load import Load
from _scenario.payload import CORRUPTED, FOREIGN, MINIMUM_SIZE, Payloads, lz4_share

from fastpaths.bench.errors import BenchError

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
EMBEDDED = ["--broker", "embedded", "--warmup-records", "20", "--producers", "2", "--runs", "1"]
RUN, OTHER = b"this run", b"that run"


def start(script, *arguments):
    command = [sys.executable, BENCHMARKS / script, *EMBEDDED, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process, timeout=60):
    output, errors = process.communicate(timeout=timeout)
    assert "Traceback" not in errors, errors
    return process.returncode, output, errors


def children(process):
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def broker_of(process):
    (pid,) = (pid for pid in children(process) if b"_embedded" in Path(f"/proc/{pid}/cmdline").read_bytes())
    return pid


def when_told(process, text):
    while text not in (line := process.stdout.readline()):
        assert line, process.stderr.read()


@pytest.mark.embedded
@pytest.mark.once
class TestEmbedded:
    def test_a_file_has_each_client_and_what_shapes_its_figures(self, tmp_path):
        arguments = ["--client", "kafka-python", "fastpaths", "--num-records", 2000, "--throughput", 4000]
        status, output, errors = finish(start("kafka_raw_bytes.py", *arguments, "-o", tmp_path / "a.json"))
        assert status == 0, output + errors
        assert "in an open loop of 4000 a second" in output
        assert output.index("2,020 sent, 2,020 delivered: 0 lost") < output.index("p50")
        suite = pyperf.BenchmarkSuite.load(str(tmp_path / "a.json"))
        names = suite.get_benchmark_names()
        for client in ("kafka-python", "fastpaths"):
            assert {f"kafka/raw-bytes/64/{client}/{name}" for name in ("p50", "p99", "throughput")} <= {*names}
        about = suite.get_benchmark("kafka/raw-bytes/64/fastpaths/throughput").get_metadata()
        assert (about["broker_kind"], about["client"], about["loop"]) == ("embedded", "fastpaths", "open")
        assert (about["producers"], about["records_per_second"], about["headers"]) == (2, 4000, 4)
        assert (about["seed"], about["lz4_share"] > 0.7) == (1, True)
        assert "max_poll_records=1000" in about["consumer_options"]
        log = (tmp_path / "a.hdr").read_text()
        assert "Tag=response-kafka-python-1," in log
        assert "Tag=service-fastpaths-1," in log

    @pytest.mark.parametrize("preset", PRESETS)
    def test_all_presets_of_connections_work(self, preset):
        arguments = ["--connections", preset, "--num-records", 30, "--client", "kafka-python"]
        status, output, errors = finish(start("kafka_raw_bytes.py", *arguments))
        assert status == 0, output + errors
        for name, value in PRESETS[preset].items():
            assert output.split().count(f"{name}={value}") == 2  # the producer's, and the consumer's

    def test_a_line_every_interval(self):
        arguments = ["--client", "fastpaths", "--num-records", 900, "--throughput", 600, "--reporting-interval", 500]
        status, output, _ = finish(start("kafka_raw_bytes.py", *arguments))
        assert status == 0
        assert "0.5 s: " in output
        assert "1.0 s: " in output

    def test_a_payload_file(self, tmp_path):
        (tmp_path / "lines").write_bytes(b"short\na longer line\n")
        arguments = ["--client", "fastpaths", "--num-records", 100, "--payload-file", tmp_path / "lines"]
        status, output, errors = finish(start("kafka_raw_bytes.py", *arguments))
        assert status == 0, errors
        assert "100 records of 2 lines of a file" in output

    def test_a_broker_that_dies_ends_it(self, tmp_path):
        arguments = ["--client", "kafka-python", "--num-records", 50_000, "--throughput", 1000]
        process = start("kafka_raw_bytes.py", *arguments, "--reporting-interval", 500, "-o", tmp_path / "a.json")
        when_told(process, "1.0 s: ")
        os.kill(broker_of(process), signal.SIGKILL)
        status, output, _ = finish(process)
        assert status == 2
        assert "INCOMPLETE: " in output
        assert "records/s" in output
        assert not (tmp_path / "a.json").exists()
        assert "-incomplete," in (tmp_path / "a.hdr").read_text()

    def test_ctrl_c_reports_what_there_is(self, tmp_path):
        arguments = ["--client", "fastpaths", "--num-records", 50_000, "--throughput", 1000]
        process = start("kafka_raw_bytes.py", *arguments, "--reporting-interval", 500, "-o", tmp_path / "a.json")
        when_told(process, "1.0 s: ")
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        status, output, _ = finish(process)
        assert status == 130
        assert time.monotonic() - began < 50  # it does not send the rest first
        assert "INCOMPLETE: interrupted" in output


@pytest.mark.parametrize(
    ("script", "arguments", "message"),
    [
        ("kafka_batch.py", ["--throughput", "100"], "the topic is full before a client begins"),
        ("kafka_enrich.py", ["--client", "no-client"], "--client no-client mean nothing"),
        ("kafka_batch.py", ["--record-size", "100"], "its values have 125 bytes each: --record-size means nothing"),
        ("kafka_json.py", ["--compressibility", "0.5"], "its values are its own"),
        ("kafka_json.py", ["--record-size", "100"], "even without a payload a message is longer"),
        ("kafka_batch.py", ["--seed", "2"], "its values are the same whatever --seed says"),
        ("kafka_raw_bytes.py", ["--payload-file", "x", "--compressibility", "0.5"], "--payload-file has the records'"),
        ("kafka_raw_bytes.py", ["--payload-file", "x", "--seed", "2"], "--payload-file has the records' contents"),
        ("kafka_raw_bytes.py", ["--find-max"], "--throughput and --runs mean nothing"),  # EMBEDDED has --runs
        ("kafka_raw_bytes.py", ["--latency-slo", "p99<20ms"], "is what --find-max looks for"),
        ("kafka_raw_bytes.py", ["--payload-file", "/no/such"], "--payload-file /no/such: No such file"),
        ("kafka_raw_bytes.py", ["--num-records", "9999999"], "keeps 5 MiB, and this load is"),
    ],
)
def test_what_makes_no_sense_is_refused(script, arguments, message):
    status, output, errors = finish(start(script, *arguments))
    assert (status, errors.count("\n")) == (2, 1), output + errors
    assert message in errors


def test_a_load_that_memory_does_not_hold_is_refused(monkeypatch):
    monkeypatch.setattr(load.psutil, "virtual_memory", lambda: type("", (), {"available": 1 << 20}))
    target = throughput.Target("external", "4.1", "127.0.0.1:1")
    with pytest.raises(BenchError, match="needs about 38 MiB of memory; 1 MiB are free"):
        Load(10_000, 0, 1000, None, 1).check(target)


class TestContents:
    """What is sent is known again, byte for byte; anything else is corrupted, or of another run."""

    LOAD = Load(records=300, warmup=0, size=300, rate=None, seed=1)
    KINDS = (
        lambda run, load: load.payloads(run),
        kafka_json.contents,
        kafka_enrich.CONTENTS,
        kafka_zero_copy.contents,
    )

    @pytest.mark.parametrize("make", KINDS)
    def test_they_are_known_again(self, make):
        contents, others = make(RUN, self.LOAD), make(OTHER, self.LOAD)
        for sequence in (0, 1, 299):
            value = contents.encode(sequence, 0)
            assert value == make(RUN, self.LOAD).encode(sequence, 0)
            assert contents.identify(value) == sequence
            assert others.identify(value) == FOREIGN

    @pytest.mark.parametrize("make", KINDS)
    def test_damage_is_seen_at_any_byte(self, make):
        contents = make(RUN, self.LOAD)
        value = contents.encode(7, 0)
        for place in range(len(value)):
            damaged = bytearray(value)
            damaged[place] ^= 1
            assert contents.identify(bytes(damaged)) in (CORRUPTED, FOREIGN)
        for other in (None, b"", b"{}", b"[]", b"1", value + b" ", value[:-1]):
            assert contents.identify(other) == CORRUPTED

    def test_json_messages_have_their_size(self):
        assert {len(kafka_json.contents(RUN, self.LOAD).encode(n, 0)) for n in range(300)} == {300}

    @pytest.mark.parametrize("size", [200, 1000, 10_000])
    def test_json_payloads_do_not_compress_even_in_a_batch(self, size):
        contents = kafka_json.contents(RUN, replace(self.LOAD, size=size))
        values = [contents.encode(sequence, 0) for sequence in range((256 << 10) // size)]
        payloads = "".join(json.loads(value)["payload"] for value in values).encode()
        assert len(lz4.frame.compress(payloads)) > 0.99 * len(payloads)
        assert len(zlib.compress(payloads)) > 0.75 * len(payloads)  # letters of 64 kinds, by their counts alone

    def test_json_payloads_follow_the_seed(self):
        one, same, other = (kafka_json.contents(RUN, replace(self.LOAD, seed=n)).encode(0, 0) for n in (1, 1, 2))
        assert one == same != other

    def test_what_lz4_leaves_of_them(self):
        assert lz4_share(self.LOAD.payloads(RUN)) > 0.95
        assert lz4_share(kafka_zero_copy.contents(RUN, self.LOAD)) < 0.3

    def test_a_number_that_was_never_a_records_is_corrupted(self):
        values = JsonValues(RUN, kafka_enrich.trade, lambda found: (found["trade_id"], found["run"]))
        assert values.identify(values.encode(-1, 0)) == CORRUPTED

    @pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
    def test_they_compress_as_far_as_asked(self, share):
        payloads = Payloads(RUN, 1000, 1, share)
        batch = b"".join(payloads.encode(sequence, 0) for sequence in range(200))
        assert len(lz4.frame.compress(batch)) / len(batch) == pytest.approx(1 - share, abs=0.06)

    def test_lines_take_turns(self):
        payloads = Payloads(RUN, 100, 1, lines=[b"a", b"bb"])
        assert [payloads.encode(n, 0)[MINIMUM_SIZE:] for n in range(3)] == [b"a", b"bb", b"a"]
