"""A real Apache Kafka of one's own: every listener answers, nothing is left behind. (Crashes: test_consumer.py.)"""

import socket
import ssl
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.net.compat import KafkaNetClient

from fastpaths.kafka import Broker, BrokerError
from fastpaths.kafka.apache import cluster, node
from fastpaths.kafka.broker import LISTENERS

OWNER = """
import sys
from fastpaths.kafka import Broker
with Broker("apache") as broker:
    print(*broker._server.pids, broker._server._folder, flush=True)
    sys.stdin.read()
"""


def read(broker, topic, count, listener=None):
    with KafkaConsumer(auto_offset_reset="earliest", **broker.client_options("consumer", listener)) as consumer:
        consumer.assign([TopicPartition(topic, 0)])
        values = []
        while len(values) < count:
            for records in consumer.poll(timeout_ms=30_000).values():
                values += [record.value for record in records]
        return values


@pytest.mark.apache
@pytest.mark.parametrize("listener", LISTENERS)
def test_every_listener_answers(apache, listener):
    assert apache.version == "Apache Kafka 4.1.1"
    topic = f"listener-{listener}"
    with KafkaProducer(**apache.client_options("producer", listener)) as producer:
        producer.send(topic, b"hello", partition=0).get(30)
    assert read(apache, topic, 1, listener) == [b"hello"]


@pytest.mark.apache
@pytest.mark.parametrize("listener", ["SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("password", [None, "guessed"])
def test_sasl_takes_the_one_password(apache, listener, password):
    options = apache.client_options("producer", listener)
    client = KafkaNetClient(**options | ({"sasl_plain_password": password} if password else {}))
    client._net.start()
    try:
        with pytest.raises(KafkaTimeoutError) if password else nullcontext():
            client._manager.bootstrap(2000)
    finally:
        client.close()  # that of a consumer or producer which fails to start is left to nobody


@pytest.mark.apache
def test_tls_is_trusted_by_its_own_certificate_alone(apache):
    options = apache.client_options("producer", "SSL")
    host, _, port = options["bootstrap_servers"].partition(":")
    context = ssl.create_default_context()
    with socket.create_connection((host, int(port))) as plain, pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(plain, server_hostname=host)
    context.load_verify_locations(options["ssl_cafile"])
    for name in (host, "localhost"):
        with socket.create_connection((host, int(port))) as plain, context.wrap_socket(plain, server_hostname=name):
            pass


def test_a_listener_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="this apache broker listens for PLAINTEXT, not for SSL"):
        Broker("apache").client_options("producer", "SSL")


@pytest.mark.apache
def test_it_does_not_outlive_its_owner(is_running, within):
    with subprocess.Popen(
        [sys.executable, "-P", "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        pid, folder = owner.stdout.readline().split()
        assert is_running(int(pid))
        owner.kill()
        owner.wait(10)
        assert within(10, lambda: not is_running(int(pid)) and not Path(folder).exists())


class TestWithoutJava:
    """A script stands in for `java`; it does what its name for a node says."""

    @pytest.fixture
    def java(self, tmp_path, monkeypatch):
        monkeypatch.setattr(cluster.artefacts, "jars", lambda: tmp_path)
        monkeypatch.setattr(cluster.tempfile, "tempdir", str(tmp_path))
        script = tmp_path / "java"
        monkeypatch.setattr(cluster.artefacts, "java", lambda: str(script))

        def stand_in(run, form="exit 0"):
            script.write_text(f'#!/bin/sh\ncase "$*" in *StorageTool*) {form};; *) {run};; esac\n')
            script.chmod(0o755)

        yield stand_in
        assert not list(tmp_path.glob("fastpaths-kafka-*"))

    def test_the_end_of_the_log_of_a_node_that_dies_is_shown(self, java):
        java("echo no such thing; echo reason >&2; exit 1")
        with pytest.raises(BrokerError, match=r"ended before it was up; the end of its log:\nno such thing\nreason"):
            Broker("apache").__enter__()

    def test_a_node_that_is_never_up(self, java, monkeypatch):
        java("echo dreaming; exec sleep 60")
        monkeypatch.setattr(node, "START_TIMEOUT", 0.3)
        with pytest.raises(BrokerError, match=r"is not up after 0 s; the end of its log:\ndreaming"):
            Broker("apache").__enter__()

    def test_what_the_format_tool_says(self, java):
        java("exit 0", form="echo no room; exit 1")
        with pytest.raises(BrokerError, match=r"could not format .*status 1\): no room"):
            Broker("apache").__enter__()

    def test_another_try_where_somebody_was_faster_to_a_port(self, java, tmp_path):
        java(f"""
            echo >> {tmp_path}/calls
            [ "$(wc -l < {tmp_path}/calls)" -ge 3 ] && echo Kafka Server started && exec sleep 60
            echo Address already in use; exit 1""")
        with Broker("apache") as broker:
            first = broker.bootstrap_servers
            assert first.startswith("127.0.0.1:")
        assert (tmp_path / "calls").read_text() == "\n" * 3

    def test_no_keytool(self, java):
        java("exit 0")
        with pytest.raises(BrokerError, match="needs Java's keytool for its certificate"):
            Broker("apache", listeners=["SSL"]).__enter__()

    def test_a_node_that_does_not_stop_is_killed(self, java, monkeypatch):
        java("trap '' TERM; echo Kafka Server started; while true; do sleep 1; done")
        monkeypatch.setattr(node, "STOP_TIMEOUT", 0.2)
        with Broker("apache", nodes=2) as broker:
            broker.restart()
            broker.restart(2)
            with pytest.raises(ValueError, match="nodes are 1 to 2, got 3"):
                broker.kill(3)


def test_free_ports_are_free_and_not_those_of_outgoing_connections():
    ports = cluster.free_ports(50)
    assert len(set(ports)) == 50
    assert all(15_000 <= port < 32_000 for port in ports)
