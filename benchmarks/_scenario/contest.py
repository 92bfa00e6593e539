"""Contests on one broker: who fills a topic, reads it, or both at once, how fast. One client after another."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from secrets import token_hex

from confluent_kafka import Producer

from _scenario import topics
from _scenario.consumption import CONSUMERS
from _scenario.contestants import Reading, Task, checksum, messages
from _scenario.librdkafka import configuration
from _scenario.probe import Target
from _scenario.production import PRODUCERS
from _scenario.rounds import rotated
from _scenario.tools import TOOLS
from fastpaths.bench.errors import BenchError
from fastpaths.kafka.broker import Role

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
CONTESTS = {
    "consume": Task("consume"),
    "consume-1k": Task("consume", records=500_000, size=1024),
    "consume-lz4": Task("consume", compression="lz4"),
    "produce": Task("produce"),
    "produce-idempotent": Task("produce", idempotent=True),
    "end-to-end": Task("end-to-end"),
}
Round = dict[str, Reading]


def contestants(work: str, target: Target) -> tuple[list[str], list[str]]:
    """Who takes part; and who cannot, with the reason."""
    clients = {"consume": CONSUMERS, "produce": PRODUCERS, "end-to-end": PAIRS}[work]
    absences = {client: None if find_spec(PACKAGES[client.split()[0]]) else "not installed" for client in clients}
    absences |= {name: _no_tools(target) or tool.absence() for name, tool in TOOLS.get(work, {}).items()}
    return [name for name, why in absences.items() if not why], [f"{n}: {why}" for n, why in absences.items() if why]


def _no_tools(target: Target) -> str | None:
    if target.embedded:
        return "not on the embedded broker, which Java's client cannot talk to"
    if target.client_options("consumer").get("security_protocol", "PLAINTEXT") != "PLAINTEXT":
        return "takes part without TLS and SASL only"
    return None


@dataclass(frozen=True)
class Contest:
    target: Target
    task: Task  # what all of them have in common

    def rounds(self, clients: list[str], runs: int) -> Iterator[Round]:
        """A reading of each client, in their order, as soon as all of a round are there."""
        if self.task.work == "consume":
            with self.full_topic(clients) as task:
                yield from complete(clients, runs, lambda client: self.consume(client, task))
        else:
            yield from complete(clients, runs, self.produce if self.task.work == "produce" else self.end_to_end)

    @contextmanager
    def topic(self, role: Role) -> Iterator[Task]:
        """The task of a client of that role, on a new topic."""
        with topics.topic(self.target, f"fastpaths-clients-{token_hex(6)}", self.task.partitions) as name:
            yield replace(self.task, topic=name, options=self.target.client_options(role))

    @contextmanager
    def full_topic(self, clients: list[str]) -> Iterator[Task]:
        """The task of a consumer, which each has done once, so that it is known that it finds what was written."""
        with self.topic("consumer") as task:
            written = fill(replace(task, options=self.target.client_options("producer")))
            for client in clients:
                if client in CONSUMERS:
                    check(client, written, read(client, replace(task, checked=True, seconds=0)))
            yield task

    def consume(self, client: str, task: Task) -> Reading:
        tool = TOOLS["consume"].get(client)
        reading = tool(task) if tool else read(client, task)
        if reading.records > task.records or (tool and reading.records != task.records):
            raise BenchError(f"{client} read {reading.records} of {task.records} messages")
        if reading.seconds <= 0:
            raise BenchError(f"{client} read {task.records} messages in one poll: that tells no rate")
        return reading

    def produce(self, client: str) -> Reading:
        with self.topic("producer") as task:
            tool = TOOLS["produce"].get(client)
            reading = tool(task) if tool else write(client, task)
            check(client, reading, self.witness(task, reading.records))
            return reading

    def end_to_end(self, client: str) -> Reading:
        """From the first send to the last record's return from a poll."""
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
            return replace(sent, seconds=seconds, cpu_seconds=cpu, ended=received.ended)

    def witness(self, task: Task, records: int) -> Reading:
        options = self.target.client_options("consumer")
        return read(WITNESS, replace(task, records=records, seconds=0, checked=True, options=options))


def complete(clients: list[str], runs: int, measure: Callable[[str], Reading]) -> Iterator[Round]:
    """The rounds, each beginning with another client."""
    readings: Round = {}
    for _, client in rotated(clients, runs):
        readings[client] = measure(client)
        if len(readings) == len(clients):
            yield {name: readings.pop(name) for name in clients}


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
    command = [sys.executable, "-m", f"_scenario.{module}", client]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # Without buffers: one would take the answer together with the line before it, and communicate() not find it.
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], bufsize=0, **pipes) as running:

        def answer(told: str) -> str:
            try:
                said, errors = running.communicate(told.encode(), PATIENCE)
            except subprocess.TimeoutExpired:
                raise BenchError(f"{client} did not end within {PATIENCE:.0f} s") from None
            if running.returncode != 0:
                raise BenchError(f"{client} failed: {errors.decode().strip()[-1000:]}")
            return said.decode()

        try:
            running.stdin.write(f"{task.dumps()}\n".encode())  # not an argument: it may hold a password
            if running.stdout.readline() != b"ready\n":
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
            "compression.type": task.compression,
            "batch.size": BATCH,
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
            **configuration(task.options),
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
