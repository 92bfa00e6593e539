"""Who does a scenario's work: kafka-python and fastpaths, each used as its documentation says; and nobody."""

from __future__ import annotations

import queue
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from _scenario.clients import Clients, Options, close_producer
from fastpaths.bench.errors import BenchError

Batch = Any  # records of one partition: a list of ConsumerRecords, or a ConsumerBatch
Headers = list[tuple[str, bytes]]
PATIENCE_MS = 10_000
FLUSH = 0.5  # seconds, after which it is looked whether to go on
POLL_MS = 100
PIECE = 10_000  # records that are sent in one go, at most
PIECE_BYTES = 4 << 20


class Stop(Protocol):
    def is_set(self) -> bool: ...
    def wait(self, timeout: float) -> object: ...


class Sender(Protocol):
    refused: dict[int, str]

    def send(self, first: int, values: Sequence[bytes]) -> None:
        """Hand over records, of which the first has this sequence number."""

    def flush(self, stop: Stop) -> None:
        """Return when all are acknowledged or refused, or soon after `stop` is set."""

    def close(self) -> None: ...


class Receiver(Protocol):
    endless: bool = False  # poll() waits until something comes

    def seek(self, to_end: bool) -> None:
        """Stand at the end of the topic, or at its beginning. One that cannot stands at its beginning."""

    def poll(self) -> Iterable[tuple[int, Batch]]:
        """What has come, by partition."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class Client:
    """A package with kafka-python's interface. columns: by send_batch() and poll_batches()."""

    name: str
    module: str
    distribution: str
    columns: bool = False

    @property
    def version(self) -> str:
        return version(self.distribution)

    def producer(self, options: Options) -> Any:
        limits = {"max_block_ms": PATIENCE_MS, "bootstrap_timeout_ms": PATIENCE_MS}
        return import_module(self.module).KafkaProducer(**{**limits, **options})

    def consumer(self, options: Options) -> Any:
        limits = {"bootstrap_timeout_ms": PATIENCE_MS, "enable_auto_commit": False, "auto_offset_reset": "earliest"}
        return import_module(self.module).KafkaConsumer(**{**limits, **options})

    def sender(self, options: Clients, topic: str, headers: Headers) -> Sender:
        producer = self.producer(options.producer)
        producer.partitions_for(topic)  # so that no send waits for it
        return (BatchSender if self.columns else RecordSender)(producer, topic, headers)

    def receiver(self, options: Clients, topic: str) -> Receiver:
        return KafkaReceiver(self.consumer(options.consumer), self.columns, topic)


KAFKA_PYTHON = Client("kafka-python", "kafka", "kafka-python")
FASTPATHS = Client("fastpaths", "fastpaths.kafka", "fastpaths", columns=True)
LIBRDKAFKA = Client("confluent-kafka", "_scenario.librdkafka", "confluent-kafka")  # for exchange.py alone
DROP_IN = Client("fastpaths-drop-in", "fastpaths.kafka", "fastpaths")  # one import changed, send() and poll()


@dataclass
class RecordSender:
    producer: Any
    topic: str
    headers: Headers
    refused: dict[int, str] = field(default_factory=dict)

    def send(self, first: int, values: Sequence[bytes]) -> None:
        send, topic, headers, refuse = self.producer.send, self.topic, self.headers, self._refuse
        for sequence, value in enumerate(values, first):
            send(topic, value, headers=headers).add_errback(refuse, sequence)

    def _refuse(self, sequence: int, error: Exception) -> None:
        self.refused[sequence] = f"{type(error).__name__}: {error}"

    def flush(self, stop: Stop) -> None:
        while not stop.is_set():
            try:
                self.producer.flush(timeout=FLUSH)
                return
            except KafkaTimeoutError:
                continue

    def close(self) -> None:
        close_producer(self.producer)


@dataclass
class BatchSender(RecordSender):
    futures: list[tuple[int, Any]] = field(default_factory=list)

    def send(self, first: int, values: Sequence[bytes]) -> None:
        headers = [self.headers] * len(values) if self.headers else None
        self.futures.append((first, self.producer.send_batch(self.topic, values, headers=headers)))

    def flush(self, stop: Stop) -> None:
        super().flush(stop)
        for first, future in self.futures:
            if future.failed():
                for row in future.exception.rows.tolist():
                    self._refuse(first + row, future.exception.__cause__)
        self.futures.clear()


class KafkaReceiver(Receiver):
    """Of all partitions of a topic, from where they end now, or from their beginning. No group, no commits."""

    def __init__(self, consumer: Any, columns: bool, topic: str) -> None:
        self._consumer = consumer
        self._partitions = [TopicPartition(topic, number) for number in self._numbers(topic)]
        self._consumer.assign(self._partitions)
        self._poll = self._consumer.poll_batches if columns else self._consumer.poll

    def _numbers(self, topic: str) -> list[int]:
        """Of its partitions. A broker that creates topics at first use needs a moment."""
        deadline = time.monotonic() + PATIENCE_MS / 1000
        while not (numbers := self._consumer.partitions_for_topic(topic)):
            if time.monotonic() > deadline:
                raise BenchError(f"topic {topic} is not there, and was not made within {PATIENCE_MS // 1000} s")
            time.sleep(0.05)
        return sorted(numbers)

    def seek(self, to_end: bool) -> None:
        """Stand there, in every partition. (Seeking is lazy; asking where it stands is not.)"""
        (self._consumer.seek_to_end if to_end else self._consumer.seek_to_beginning)(*self._partitions)
        for partition in self._partitions:
            self._consumer.position(partition, timeout_ms=PATIENCE_MS)

    def ends(self) -> dict[str, int]:
        """As a position of fastpaths.sources."""
        ends = self._consumer.end_offsets(self._partitions)
        return {f"{partition.topic}:{partition.partition}": offset for partition, offset in ends.items()}

    def poll(self) -> Iterator[tuple[int, Batch]]:
        return ((partition.partition, batch) for partition, batch in self._poll(timeout_ms=POLL_MS).items())

    def close(self) -> None:
        self._consumer.close(autocommit=False, timeout_ms=1000)


@dataclass(frozen=True)
class Loopback:
    """No client and no broker: values go through a queue between the processes. What the harness itself costs.

    pipe: that queue; a run has one of its own.
    """

    pipe: Any = None
    name: str = "no client"
    columns: bool = False
    version: str = "a multiprocessing queue"

    def sender(self, options: Clients, topic: str, headers: Headers) -> Sender:
        return LoopbackEnd(self.pipe)

    def receiver(self, options: Clients, topic: str) -> Receiver:
        return LoopbackEnd(self.pipe)


@dataclass
class LoopbackEnd:
    endless = False

    pipe: Any
    refused: dict[int, str] = field(default_factory=dict)

    def send(self, first: int, values: Sequence[bytes]) -> None:
        self.pipe.put(values)

    def flush(self, stop: Stop) -> None:
        pass

    def seek(self, to_end: bool) -> None:
        pass

    def poll(self) -> Iterator[tuple[int, Batch]]:
        try:
            yield 0, self.pipe.get(timeout=POLL_MS / 1000)
        except queue.Empty:
            return

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class SourceClient:
    """A topic opened by its URI (fastpaths.sources)."""

    name: str = "fastpaths-source"

    @property
    def version(self) -> str:
        return version("fastpaths")

    def receiver(self, options: Clients, topic: str) -> Receiver:
        return SourceReceiver(options.consumer, topic)


def uri_of(options: Options, topic: str) -> str:
    """kafka-python's options as a source has them."""
    told = {name: ".".join(map(str, value)) if name == "api_version" else value for name, value in options.items()}
    servers, user = told.pop("bootstrap_servers"), told.pop("sasl_plain_username", None)
    password = told.pop("sasl_plain_password", "")
    account = "" if user is None else f"{quote(user, safe='')}:{quote(password, safe='')}@"
    query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in told.items()}
    return f"kafka://{account}{servers}/{topic}?{urlencode(query)}"


class SourceReceiver:
    """A source without an end waits for its next batch: it is not asked whether anything follows the last record."""

    endless = True

    def __init__(self, options: Options, topic: str) -> None:
        self._options, self._topic = options, topic
        self.seek(to_end=False)

    def seek(self, to_end: bool) -> None:
        """A source begins at a position, and knows none but the beginning: the consumer tells where the end is."""
        from fastpaths.sources import open_source

        position = None
        if to_end:
            consumer = KafkaReceiver(FASTPATHS.consumer(self._options), True, self._topic)
            position = consumer.ends()
            consumer.close()
        self._source = open_source(uri_of(self._options, self._topic), position)

    def poll(self) -> Iterator[tuple[int, Batch]]:
        batch = next(self._source)
        yield batch.partition, batch

    def close(self) -> None:
        self._source.close()


def values_of(batch: Batch) -> Iterator[bytes | None]:
    """Whatever client gave it."""
    if hasattr(batch, "values"):
        return iter(batch.values)
    return (getattr(record, "value", record) for record in batch)
