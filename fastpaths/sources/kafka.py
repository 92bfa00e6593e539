"""Topics of Kafka, in columns: fastpaths.kafka's consumer.

    kafka://localhost:9092/trades                                      from the beginning, for ever
    kafka://a:9092,b:9092/trades?until=latest                          until where it ends now
    kafka://user:password@host:9093/trades?security_protocol=SASL_SSL  any option of kafka-python's KafkaConsumer
    kafka://localhost:9092/trades?group_id=g                           from where the group is; commit() after the work
    kafka://localhost:9092/trades?format=json                          values as columns, instead of raw records

Batches are ConsumerBatches (offset, timestamp, key, value; they know their topic and partition), or with format=json
the columns of the values: those of `schema`, else of the numbers, bools and strings that the first hundred have.

A position is the next offset of each partition. Without a group a source begins at the earliest record, with one where
the group has committed; it commits when commit() is called, and not by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec
import pyarrow as pa
from kafka import OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError

from ..columns import Columns
from ..columns.errors import InvalidJson
from ..columns.infer import SAMPLE, infer_schema
from ..kafka.consumer import KafkaConsumer
from ..kafka.consumer_batch import ConsumerBatch
from .errors import InvalidURI, SourceError
from .source import Position, Source
from .uri import SourceURI

OURS = ("format", "until")
POLL_MS = 500
RAW = pa.schema(
    [
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("timestamp", pa.timestamp("ms", "UTC"), nullable=False),
        pa.field("key", pa.binary_view()),
        pa.field("value", pa.binary_view()),
    ]
)


class KafkaSource(Source):
    def __init__(self, uri: SourceURI, position: Position | None, schema: pa.Schema | None) -> None:
        super().__init__(uri, position, schema)
        self._topic = uri.path.removeprefix("/")
        if not uri.hosts or not self._topic or "/" in self._topic:
            found = f"the topic {self._topic!r}" if uri.hosts else "no host"
            raise InvalidURI(f"{uri}: expected kafka://HOST:PORT/TOPIC, found {found}")
        self._is_json = uri.choice("format", ("raw", "json"), "raw") == "json"
        self._ends = uri.choice("until", ("latest", "never"), "never") == "latest"
        self._configs = _configs(uri)
        if position and "group_id" in self._configs:
            raise InvalidURI(f"{uri}: a group has its own position; leave out group_id, or the position")
        if schema is not None and not self._is_json:
            raise SourceError(f"{uri}: raw records have a schema of their own; add format=json")
        self._types = None if schema is None else Columns.from_arrow(schema.empty_table()).schema
        self._consumer: KafkaConsumer | None = None
        self._kept: list[ConsumerBatch] = []  # polled to learn the schema, and still to be handed out

    @property
    def schema(self) -> pa.Schema:
        if not self._is_json:
            return RAW
        while self._types is None and self._step():
            pass
        assert self._types is not None
        return pa.schema(Columns({name: [] for name in self._types}, self._types))

    @staticmethod
    def _fits(position: Position) -> bool:
        return all(re.fullmatch(r".+:\d+", name) and isinstance(offset, int) for name, offset in position.items())

    def commit(self) -> None:
        """For the group: all that was handed out is done."""
        if self._consumer is None or "group_id" not in self._configs:
            raise SourceError(f"{self.uri}: nothing to commit without a group_id, or before the first batch")
        offsets = {_partition(name): OffsetAndMetadata(offset, "", -1) for name, offset in self._position.items()}
        with self._reporting():
            self._consumer.commit(offsets)

    def close(self) -> None:
        super().close()
        if self._consumer is not None:
            self._consumer.close(autocommit=False)

    def _read(self) -> Iterator[tuple[Any, Position] | None]:
        with self._reporting():
            consumer = self._connected()
            if self._ends:
                yield from self._until_assigned()
            ends = self._end_offsets if self._ends else None
            if self._is_json:
                yield from self._until_typed()
            while True:
                batches = self._kept or list(consumer.poll_batches(POLL_MS).values())
                self._kept = []
                if not batches:
                    yield None
                while batches:
                    batch = batches.pop(0)
                    position = {**self._position, f"{batch.topic}:{batch.partition}": batch.next_offset}
                    if len(batch):
                        yield self._in_columns(batch) if self._is_json else batch, position
                    del batch  # so that the next poll takes its memory, which is in the caches
                if ends is not None and _is_at(consumer, ends):
                    return

    def _in_columns(self, batch: ConsumerBatch) -> Columns:
        assert self._types is not None
        try:
            return Columns.from_json(batch.values, self._types)
        except InvalidJson as error:
            where = f"{batch.topic}:{batch.partition}, offset {batch.offsets[error.row]}"
            raise SourceError(f"{self.uri}: {where}: {error}") from error

    def _until_typed(self) -> Iterator[None]:
        """The types of the values are given, or those of the first hundred, which are awaited and kept; then a step."""
        if self._types is not None:
            return
        yield from self._until_assigned()
        consumer, ends = self._connected(), self._end_offsets
        while sum(map(len, self._kept)) < SAMPLE:
            self._kept += consumer.poll_batches(POLL_MS).values()
            if (self._kept or self._ends) and _is_at(consumer, ends):
                break
            yield None
        values = (value for batch in self._kept for value in batch.values if value is not None)
        self._types = infer_schema(list(map(_flat, islice(values, SAMPLE))))
        yield None

    def _until_assigned(self) -> Iterator[None]:
        """A group's partitions come with polls."""
        while not self._connected().assignment():
            self._kept += self._connected().poll_batches(POLL_MS).values()
            yield None

    def _connected(self) -> KafkaConsumer:
        if self._consumer is None:
            self._consumer = consumer = KafkaConsumer(**self._configs)
            if "group_id" in self._configs:
                consumer.subscribe([self._topic])
            else:
                self._assign(consumer)
        return self._consumer

    def _assign(self, consumer: KafkaConsumer) -> None:
        partitions = consumer.partitions_for_topic(self._topic)
        if not partitions:
            raise SourceError(f"{self.uri}: there is no topic {self._topic!r}")
        consumer.assign([TopicPartition(self._topic, partition) for partition in sorted(partitions)])
        for name, offset in self._position.items():
            if (partition := _partition(name)) not in consumer.assignment():
                raise SourceError(f"{self.uri}: the position has {name}, of which the topic has nothing")
            consumer.seek(partition, offset)

    @cached_property
    def _end_offsets(self) -> Mapping[TopicPartition, int]:
        """Where the partitions end when that is first asked."""
        consumer = self._connected()
        ends: Mapping[TopicPartition, int] = consumer.end_offsets(list(consumer.assignment()))
        return ends

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except KafkaError as error:
            raise SourceError(f"{self.uri}: {type(error).__name__}: {error}") from error


def _configs(uri: SourceURI) -> dict[str, Any]:
    """What the consumer is configured with. An option has the type of its default."""
    uri.refuse_others({*KafkaConsumer.DEFAULT_CONFIG, *OURS} - {"bootstrap_servers", "enable_auto_commit"})
    servers = [f"[{host}]" if ":" in host else host for host, _ in uri.hosts]
    configs: dict[str, Any] = {
        "bootstrap_servers": [f"{name}:{port or 9092}" for name, (_, port) in zip(servers, uri.hosts, strict=True)],
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "allow_auto_create_topics": False,
    }
    if uri.user is not None:
        configs |= {"sasl_mechanism": "PLAIN", "sasl_plain_username": uri.user, "sasl_plain_password": uri.password}
    for name, text in uri.options.items():
        if name in OURS:
            continue
        default = KafkaConsumer.DEFAULT_CONFIG[name]
        if name == "api_version":
            configs[name] = _version(uri, text)
        elif isinstance(default, bool):
            configs[name] = uri.choice(name, ("true", "false"), "") == "true"
        elif isinstance(default, int) or (name.endswith("_bytes") and default is None):
            configs[name] = uri.number(name, 1)
        elif default is None or isinstance(default, str):
            configs[name] = text
        else:
            raise InvalidURI(f"{uri}: {name} is no text; it cannot stand in a URI")
    return configs


def _version(uri: SourceURI, text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,4}(\.\d{1,4}){1,3}", text, re.ASCII):
        raise InvalidURI(f"{uri}: api_version is a broker's, as in 2.5, found {text!r}")
    return tuple(map(int, text.split(".")))


def _is_at(consumer: KafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return all(consumer.position(partition) >= end for partition, end in ends.items())


def _partition(name: str) -> TopicPartition:
    topic, _, partition = name.rpartition(":")
    return TopicPartition(topic, int(partition))


def _flat(value: bytes) -> dict[str, Any]:
    """The fields of a JSON object that a column can hold. What is none has none, and is refused when it is read."""
    try:
        fields = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return {}
    if not isinstance(fields, dict):
        return {}
    return {name: field for name, field in fields.items() if not isinstance(field, (dict, list))}
