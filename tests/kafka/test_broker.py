"""A broker of one's own: up, speaking Kafka, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fastpaths.errors import FastpathsError
from fastpaths.kafka import Broker, BrokerError

OWNER = """
import sys
from fastpaths.kafka import Broker
with Broker("embedded") as broker:
    print(broker._server.pid, flush=True)
    sys.stdin.read()
"""


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"must be one of 'embedded', 'apache', got 'rabbit'"):
        Broker("rabbit")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"nodes": 0}, "nodes must be 1 or more, got 0"),
        ({"listeners": ["TLS"]}, r"listeners must be some of PLAINTEXT, .*, got \['TLS'\]"),
        ({"listeners": []}, r"listeners must be some of PLAINTEXT, .*, got \[\]"),
    ],
)
def test_what_no_broker_can_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Broker("apache", **options)


@pytest.mark.parametrize("options", [{"nodes": 2}, {"listeners": ["SSL"]}, {"properties": {"a": "b"}}])
def test_the_embedded_broker_takes_no_options(options):
    with pytest.raises(ValueError, match="has one node, the listener PLAINTEXT, and no properties"):
        Broker("embedded", **options)


def test_it_has_no_address_before_it_runs():
    with pytest.raises(BrokerError, match="is not running"):
        Broker("embedded").bootstrap_servers  # noqa: B018


def test_its_error_is_one_of_ours():
    assert issubclass(BrokerError, FastpathsError)
    assert issubclass(BrokerError, RuntimeError)


def test_without_confluent_kafka_it_says_what_is_missing(tmp_path, monkeypatch):
    (tmp_path / "confluent_kafka.py").write_text("raise ImportError('not here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(BrokerError, match=r"needs confluent-kafka.*not here"), Broker("embedded"):
        pass


class TestEmbedded:
    pytestmark = pytest.mark.embedded

    def test_a_record_goes_round(self):
        from kafka import KafkaConsumer, KafkaProducer, TopicPartition

        with Broker("embedded") as broker:
            assert broker.kind == "embedded"
            assert "librdkafka" in broker.version
            producer = KafkaProducer(**broker.client_options("producer"))
            producer.send("t", b"hello", partition=0).get(10)
            producer.close()
            consumer = KafkaConsumer(auto_offset_reset="earliest", **broker.client_options("consumer"))
            consumer.assign([TopicPartition("t", 0)])
            (records,) = consumer.poll(timeout_ms=30_000).values()
            consumer.close()
            assert [record.value for record in records] == [b"hello"]

    def test_it_ends_with_the_block(self, is_running, within):
        with Broker("embedded") as broker:
            pid = broker._server.pid
            assert is_running(pid)
        assert within(10, lambda: not is_running(pid))

    def test_killed_is_gone_at_once_and_leaves_in_peace(self, is_running):
        with Broker("embedded") as broker:
            pid = broker._server.pid
            broker.kill()
            assert not is_running(pid)

    def test_it_keeps_nothing_to_start_again_on(self):
        with Broker("embedded") as broker, pytest.raises(BrokerError, match="keeps no data"):
            broker.restart()

    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
    def test_it_does_not_outlive_its_owner(self, number, is_running, within):
        with subprocess.Popen(
            [sys.executable, "-P", "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as owner:
            pid = int(owner.stdout.readline())
            assert is_running(pid)
            owner.send_signal(number)
            owner.wait(10)
            assert within(10, lambda: not is_running(pid))

    def test_a_fork_that_holds_the_pipe_open_does_not_keep_it(self, is_running, within):
        """The child's stdin then never ends; it must notice that its owner is another."""
        fork = OWNER.replace(
            "    sys.stdin.read()", "    import os, time; os.fork() or time.sleep(30); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-P", "-c", fork], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as owner:
            pid = int(owner.stdout.readline())
            (forked,) = set(wait_for_children(owner.pid, 2)) - {pid}
            try:
                owner.kill()
                owner.wait(10)
                assert is_running(forked)
                assert within(10, lambda: not is_running(pid))
            finally:
                os.kill(forked, signal.SIGKILL)

    def test_serve_prints_the_address_and_stays_until_ctrl_c(self, is_running, within):
        code = "from fastpaths.kafka.broker import serve; serve('embedded')"
        with subprocess.Popen(
            [sys.executable, "-P", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as server:
            host, _, port = server.stdout.readline().strip().partition(":")
            assert (host, port.isdigit()) == ("127.0.0.1", True)
            assert "Ctrl-C stops it" in server.stderr.readline()
            (pid,) = wait_for_children(server.pid, 1)
            server.send_signal(signal.SIGINT)
            _, errors = server.communicate(timeout=10)
            assert server.returncode == 0, errors
            assert within(10, lambda: not is_running(pid))


def wait_for_children(pid, count):
    deadline = time.monotonic() + 10
    while True:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        if len(children) >= count or time.monotonic() > deadline:
            return children
        time.sleep(0.02)
