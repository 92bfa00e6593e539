"""confluent-kafka behind the part of kafka-python's interface that exchange.py uses, to stand beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import confluent_kafka
from kafka import TopicPartition
from kafka.errors import KafkaError
from kafka.future import Future

from _scenario.clients import Options

# Where librdkafka's name is not kafka-python's with dots; None: it has no such option, and needs none.
RENAMED: Mapping[str, str | None] = {
    "send_buffer_bytes": "socket.send.buffer.bytes",
    "receive_buffer_bytes": "socket.receive.buffer.bytes",
    "fetch_max_wait_ms": "fetch.wait.max.ms",
    "sasl_plain_username": "sasl.username",
    "sasl_plain_password": "sasl.password",
    "ssl_cafile": "ssl.ca.location",
    "api_version": None,
    "max_block_ms": None,
    "bootstrap_timeout_ms": None,
    "max_poll_records": None,  # poll() gives one record at a time
}
CONSUMER_LACKS = ("request.timeout.ms",)
PATIENCE = 10.0  # seconds
QUEUE_BACKOFF_MS = 10  # the default of 1000 lets it wait whenever its queue was full


def configuration(options: Options) -> dict[str, Any]:
    """kafka-python's options as librdkafka has them."""
    names = {name: RENAMED.get(name, name.replace("_", ".")) for name in options}
    return {names[name]: value for name, value in options.items() if names[name] is not None}


@contextmanager
def kafka_errors() -> Iterator[None]:
    """Those of librdkafka as kafka-python's."""
    try:
        yield
    except confluent_kafka.KafkaException as error:
        raise KafkaError(error.args[0].str()) from error


class Record(NamedTuple):
    value: bytes | None


class KafkaProducer:
    def __init__(self, **options: Any) -> None:
        given = configuration(options)
        if not given.get("batch.size", 1):
            given["batch.size"] = 1  # its least; kafka-python's 0
        self._producer = confluent_kafka.Producer(given)

    def partitions_for(self, topic: str) -> None:
        with kafka_errors():
            self._producer.list_topics(topic, PATIENCE)

    def send(self, topic: str, value: bytes, partition: int) -> Future:
        future = Future()

        def delivered(error: Any, message: Any) -> None:
            if error is None:
                future.success(message.offset())
            else:
                future.failure(KafkaError(error.str()))

        self._producer.produce(topic, value, partition=partition, on_delivery=delivered)
        self._producer.poll(0)
        return future

    def close(self, timeout: float) -> None:
        self._producer.flush(timeout)


class KafkaConsumer:
    def __init__(self, **options: Any) -> None:
        given = {name: value for name, value in configuration(options).items() if name not in CONSUMER_LACKS}
        fixed = {"group.id": "unused", "enable.auto.commit": False, "fetch.queue.backoff.ms": QUEUE_BACKOFF_MS}
        self._consumer = confluent_kafka.Consumer({**given, **fixed})

    def assign(self, partitions: list[TopicPartition]) -> None:
        self._partitions = [confluent_kafka.TopicPartition(one.topic, one.partition) for one in partitions]

    def seek_to_end(self, partition: TopicPartition) -> None:
        (one,) = self._partitions
        with kafka_errors():
            _, one.offset = self._consumer.get_watermark_offsets(one, PATIENCE)
            self._consumer.assign([one])

    def position(self, partition: TopicPartition, timeout_ms: float) -> int:
        return self._partitions[0].offset

    def poll(self, timeout_ms: float) -> dict[str, list[Record]]:
        message = self._consumer.poll(timeout_ms / 1000)
        if message is None:
            return {}
        if message.error() is not None:
            raise KafkaError(message.error().str())
        return {message.topic(): [Record(message.value())]}

    def close(self, autocommit: bool, timeout_ms: float) -> None:
        self._consumer.close()
