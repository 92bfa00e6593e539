"""Contests on one broker: who fills a topic, reads it, or both at once, how fast. One client after another."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from secrets import token_hex

from confluent_kafka import Producer

from _scenario import topics
from _scenario.consumption import CONSUMERS
from _scenario.contestants import Reading, Task, checksum, messages
from _scenario.probe import Target
from _scenario.production import PRODUCERS
from _scenario.rounds import rotated
from _scenario.tools import TOOLS
from fastpaths.bench.errors import BenchError

PATIENCE = 300.0  # seconds
WITNESS = "confluent-kafka"  # who reads what the others wrote: librdkafka
PACKAGES = {
    "kafka-python": "kafka",
    "aiokafka": "aiokafka",
    "confluent-kafka": "confluent_kafka",
    "fastpaths": "fastpaths",
}
BATCH = 16 << 10  # of the topic that is read: what a producer sends by default, Java's for one
PAIRS = {  # end to end: producer and consumer
    "fastpaths": ("fastpaths send_batch", "fastpaths poll_batches"),
    **{client: (client, client) for client in ("kafka-python", "aiokafka", "confluent-kafka")},
}
CONTESTS = ("consume", "produce", "produce-idempotent", "end-to-end")


def contestants(contest: str, target: Target) -> tuple[list[str], list[str]]:
    """Who takes part; and who cannot, with the reason."""
    clients = {"consume": CONSUMERS, "end-to-end": PAIRS}.get(contest, PRODUCERS)
    tools = TOOLS.get(contest.removesuffix("-idempotent"), {})
    absences = {client: None if find_spec(PACKAGES[client.split()[0]]) else "not installed" for client in clients}
    absences |= {name: _no_tools(target) or tool.absence() for name, tool in tools.items()}
    return [name for name, why in absences.items() if not why], [f"{n}: {why}" for n, why in absences.items() if why]


def _no_tools(target: Target) -> str | None:
    if target.embedded:
        return "not on the embedded broker, which Java's client cannot talk to"
    if target.client_options("consumer").get("security_protocol", "PLAINTEXT") != "PLAINTEXT":
        return "takes part without TLS and SASL only"
    return None


@dataclass
class Contest:
    target: Target
    task: Task  # what all of them have in common
    readings: dict[str, list[Reading]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def topic(self, role: str) -> Iterator[Task]:
        """The task of a client of that role, on a new topic."""
        with topics.topic(self.target, f"fastpaths-clients-{token_hex(6)}", self.task.partitions) as name:
            servers = self.target.bootstrap_servers
            yield replace(self.task, servers=servers, topic=name, options=self.target.client_options(role))

    def consume(self, clients: list[str], runs: int) -> None:
        with self.topic("consumer") as task:
            written = fill(task)
            for client in clients:
                if client in CONSUMERS:
                    check(client, written, read(client, replace(task, checked=True, seconds=0)))
            for _, client in rotated(clients, runs):
                tool = TOOLS["consume"].get(client)
                reading = tool(task) if tool else read(client, task)
                if reading.records > task.records or (tool and reading.records != task.records):
                    raise BenchError(f"{client} read {reading.records} of {task.records} messages")
                if reading.seconds <= 0:
                    raise BenchError(f"{client} read {task.records} messages in one poll: that tells no rate")
                self.readings[client].append(reading)

    def produce(self, clients: list[str], runs: int) -> None:
        for _, client in rotated(clients, runs):
            with self.topic("producer") as task:
                tool = TOOLS["produce"].get(client)
                reading = tool(task) if tool else write(client, task)
                check(client, reading, self.witness(task, reading.records))
                self.readings[client].append(reading)

    def end_to_end(self, clients: list[str], runs: int) -> None:
        """From the first send to the last record's return from a poll."""
        for _, client in rotated(clients, runs):
            with self.topic("producer") as task:
                reader = replace(task, records=0, seconds=0, options=self.target.client_options("consumer"))
                producer, consumer = PAIRS[client]
                with process("consumption", consumer, reader) as answer:
                    sent = write(producer, task)
                    received = Reading.loads(answer(f"{sent.records}\n"))
                if received.records != sent.records:
                    raise BenchError(f"{client} sent {sent.records} messages and received {received.records}")
                check(client, sent, self.witness(task, sent.records))
                seconds, cpu = received.ended - sent.began, sent.cpu_seconds + received.cpu_seconds
                both = replace(sent, seconds=seconds, cpu_seconds=cpu, ended=received.ended)
                self.readings[client].append(both)

    def witness(self, task: Task, records: int) -> Reading:
        reader = replace(task, records=records, seconds=0, checked=True, options={})
        return read(WITNESS, reader)


def check(client: str, written: Reading, found: Reading) -> None:
    """Is what was found what was written? Of Kafka's own producer only the number is known."""
    if found.records != written.records or written.checksum not in (None, found.checksum):
        raise BenchError(
            f"{client}: {written.records} messages of checksum {written.checksum} were written, "
            f"and {found.records} of checksum {found.checksum} read"
        )


def read(client: str, task: Task) -> Reading:
    with process("consumption", client, task) as answer:
        return Reading.loads(answer(""))


def write(client: str, task: Task) -> Reading:
    with process("production", client, task) as answer:
        return Reading.loads(answer(""))


@contextmanager
def process(module: str, client: str, task: Task):
    """A client's process, which is ready; it is told something and gives its answer."""
    command = [sys.executable, "-m", f"_scenario.{module}", client, task.dumps()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], text=True, **pipes) as running:

        def answer(told: str) -> str:
            try:
                said, errors = running.communicate(told, PATIENCE)
            except subprocess.TimeoutExpired:
                raise BenchError(f"{client} did not end within {PATIENCE:.0f} s") from None
            if running.returncode != 0:
                raise BenchError(f"{client} failed: {errors.strip()[-1000:]}")
            return said

        try:
            if running.stdout.readline() != "ready\n":
                answer("")
                raise BenchError(f"{client} did not start")
            yield answer
        finally:
            if running.poll() is None:
                running.kill()


def fill(task: Task) -> Reading:
    """Write the topic that is read, the same share of it in each partition."""
    producer = Producer(
        {
            "bootstrap.servers": task.servers,
            "compression.type": task.compression,
            "batch.size": BATCH,
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    values = messages(task.records, task.size)
    for number, value in zip(count(), values):
        while True:
            try:
                producer.produce(task.topic, value, partition=number % task.partitions)
                break
            except BufferError:
                producer.poll(0.1)
    if left := producer.flush(60):
        raise BenchError(f"{left} of {task.records} messages could not be written")
    return Reading("", task.records, task.records, 1, 0, 0, 0, checksum(values))
