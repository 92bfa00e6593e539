"""One run: a producer sends by the schedule, a consumer receives, and each record is timed from end to end.

Both are clients in this process, each on a thread of its own, beside the clients' own network threads. So
the times include the two clients, the turns that their threads take at the interpreter lock, and the garbage collector
where it strikes: what an application in Python would see. They end when poll() has handed the record over.
"""

import gc
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError
from numpy.typing import NDArray

from _scenario import silence
from _scenario.accounting import Ledger, Nanoseconds, Times
from _scenario.clients import Clients, close_producer
from _scenario.latencies import Latencies
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.probe import Target
from _scenario.schedule import SECOND, ClosedLoop, MonotonicClock, Schedule
from _scenario.sides import Client
from _scenario.topics import topic
from fastpaths.bench.errors import BenchError

Tell = Callable[[float, int, int, Latencies], None]  # seconds, records sent and received, times of the last interval
DRAIN = 2.0  # seconds that an interrupted run waits for what is under way
AFTERMATH = 0.2  # seconds that the consumer goes on after the last record, for duplicates


def exchange(
    target: Target, name: str, load: Load, clients: Clients, client: Client, tell: Tell, every: float
) -> Measured:
    """Make one run. BenchError if it cannot begin; whatever ends it later is in the result.

    tell: is given the run's times and their number after every so many seconds.
    """
    partition = TopicPartition(name, 0)
    with _connected(partition, clients, client) as (producer, consumer):
        gc.collect()
        return _Run(target, partition, load, producer, consumer, tell, every).measure()


def exchange_as(
    target: Target,
    name: str,
    clients: Clients,
    client: Client,
    load: Load,
    worker: int | None = None,
    tell: Tell | None = None,
    every: float = 5.0,
) -> Measured:
    """A run on a topic of that name, or of one of the worker's own."""
    with topic(target, name if worker is None else f"{name}-{worker}") as made:
        return exchange(target, made, load, clients, client, tell or _silent, every)


def _silent(seconds: float, sent: int, received: int, latencies: Latencies) -> None:
    """Of several workers, none tells how it goes."""


@contextmanager
def _connected(
    partition: TopicPartition, clients: Clients, client: Client
) -> Iterator[tuple[KafkaProducer, KafkaConsumer]]:
    """A producer that knows the topic, and a consumer that stands at its end."""
    limit = silence.TIMEOUT * 1000
    producer = consumer = None
    try:
        producer = client.producer({"max_block_ms": limit, **clients.producer})
        producer.partitions_for(partition.topic)
        consumer = client.consumer(clients.consumer)
        consumer.assign([partition])
        consumer.seek_to_end(partition)
        if consumer.position(partition, timeout_ms=limit) is None:
            raise BenchError(f"{partition.topic}: its end was not told within {silence.TIMEOUT:.0f} s")
        yield producer, consumer
    except KafkaError as error:
        raise BenchError(f"topic {partition.topic}: {error}") from error
    finally:
        if consumer is not None:
            consumer.close(autocommit=False, timeout_ms=1000)
        if producer is not None:
            close_producer(producer)


@dataclass
class _Run:
    target: Target
    partition: TopicPartition
    load: Load
    producer: KafkaProducer
    consumer: KafkaConsumer
    tell: Tell = _silent
    every: float = 5.0
    stop: threading.Event = field(default_factory=threading.Event)  # no further send
    done: threading.Event = field(default_factory=threading.Event)  # no further poll
    arrived: threading.Event = field(default_factory=threading.Event)  # something was polled
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        run = secrets.token_bytes(8)
        self.clock = MonotonicClock(self.load.rate or 1)
        self.payloads = self.load.payloads(run)
        self.ledger = Ledger(self.payloads.identify, Times.empty(self.load.total))
        self.returned, self.acknowledged = np.zeros((2, self.load.total), np.int64)
        self.sender = threading.Thread(target=self._guarded, args=("producer", self._produce), daemon=True)
        self.receiver = threading.Thread(target=self._guarded, args=("consumer", self._consume), daemon=True)

    def measure(self) -> Measured:
        stopped, interrupted = None, False
        try:
            self.receiver.start()
            self.sender.start()
            stopped = self._watch()
            time.sleep(AFTERMATH)
        except KeyboardInterrupt:
            stopped, interrupted = "interrupted", True
            self.stop.set()
            self._drain()
        finally:
            self.stop.set()
            self.done.set()
            for thread in (self.sender, self.receiver):
                if thread.ident is not None:
                    thread.join(1)
        arrived = self.ledger.received != 0
        arrived[: self.load.warmup] = False
        due, sent, received = (times[arrived] for times in (self.ledger.due, self.ledger.sent, self.ledger.received))
        ago = (self.clock.now() - int(due.min())) / SECOND if len(due) else 0.0
        is_open = self.load.rate is not None
        return Measured(
            self.ledger.account(),
            due,
            sent,
            received,
            time.time() - ago,
            stopped,
            interrupted,
            open_loop=is_open,
            stages={
                "sent": self._since_due(self.ledger.sent, arrived),
                "send() returned": self._since_due(self.returned, arrived),
                "acknowledged": self._since_due(self.acknowledged, arrived),
                "poll() returned": self._since_due(self.ledger.received, arrived),
            },
        )

    def _since_due(self, times: Nanoseconds, arrived: NDArray[np.bool_]) -> Latencies:
        """Of the records that arrived, as far as they have such a time."""
        known = arrived & (times != 0)
        return Latencies(times[known] - self.ledger.due[known])

    def _guarded(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.failures.append(f"{name}: {type(error).__name__}: {error}")

    def _produce(self) -> None:
        if self.load.rate is None:
            ClosedLoop(self.load.total, self._await).run(self._send, self.stop, self.clock)
        else:
            Schedule(self.load.total, self.load.rate).run(self._send, self.stop, self.clock)

    def _await(self, sequence: int) -> None:
        while not (self.ledger.received[sequence] or self.stop.is_set()):
            self.arrived.wait(0.1)
            self.arrived.clear()

    def _send(self, sequence: int, due: int) -> None:
        payload = self.payloads.encode(sequence, due)
        self.ledger.send(sequence, due, self.clock.now())
        try:
            future = self.producer.send(self.partition.topic, payload, partition=self.partition.partition)
        except Exception as error:
            self.ledger.refuse(sequence, error)
            raise
        self.returned[sequence] = self.clock.now()
        future.add_callback(self._acknowledge, sequence)
        future.add_errback(self.ledger.refuse, sequence)

    def _acknowledge(self, sequence: int, metadata: object) -> None:
        self.acknowledged[sequence] = self.clock.now()

    def _consume(self) -> None:
        while not self.done.is_set():
            polled = self.consumer.poll(timeout_ms=100)
            now = self.clock.now()
            for records in polled.values():
                for record in records:
                    self.ledger.deliver(record.value, now)
            self.arrived.set()

    def _watch(self) -> str | None:
        """Wait until every record has arrived, or none will any more; say why where that is before all were sent."""
        seen, quiet = 0, silence.Silence(self.target)
        began = told = time.monotonic()
        while not self.failures and (self.sender.is_alive() or not self.ledger.settled):
            time.sleep(0.05)
            now = time.monotonic()
            if now - told >= self.every:
                told += self.every
                self.tell(now - began, self.ledger.sends, self.ledger.deliveries, self._lately())
            if self.ledger.deliveries != seen or self.ledger.settled:
                seen = self.ledger.deliveries
                quiet.broken()
            elif quiet.is_over_long:
                return f"nothing arrived for {silence.TIMEOUT:.0f} s" if self.sender.is_alive() else None
            elif problem := quiet.problem():
                return problem
        return self.failures[0] if self.failures else None

    def _lately(self) -> Latencies:
        """Of what has arrived in the last interval."""
        received = self.ledger.received.copy()
        lately = received > self.clock.now() - self.every * SECOND
        return Latencies(received[lately] - self.ledger.due[lately])

    def _drain(self) -> None:
        """Give what is under way a moment to arrive."""
        deadline = time.monotonic() + DRAIN
        while (self.sender.is_alive() or not self.ledger.settled) and time.monotonic() < deadline:
            time.sleep(0.05)
