"""KafkaProducer: kafka-python's, which sends whole batches many times faster."""

from __future__ import annotations

import os
import threading
import warnings
from typing import TYPE_CHECKING, Any, Final

import kafka
import numpy as np
from kafka import TopicPartition
from kafka.errors import IllegalStateError, KafkaTimeoutError
from kafka.partitioner import DefaultPartitioner, StickyPartitioner
from kafka.version import __version__ as installed
from numpy.typing import ArrayLike, NDArray

from fastpaths.errors import FastpathsError
from fastpaths.kafka import seams
from fastpaths.kafka.batch_future import BatchFuture
from fastpaths.kafka.murmur2 import choose_partitions
from fastpaths.kafka.outgoing import Outgoing, Rows, column_of

if TYPE_CHECKING:
    from fastpaths.kafka.encode import Headers, Values

BATCH_SIZE: Final = 512 << 10  # bytes; kafka-python's default, 16 KiB, costs most of the speed
BUFFER_MEMORY: Final = 32 << 20  # bytes; Java's default


class BatchesUnavailable(FastpathsError, RuntimeError):
    """send_batch() of a producer that cannot send batches."""


class KafkaProducer(kafka.KafkaProducer):  # type: ignore[misc]
    """kafka-python's KafkaProducer, with the same options and two more that are send_batch()'s:

    batch_size: where it is given, of send_batch(), too; else that makes record batches of 512 KiB.
    buffer_memory: bytes of encoded records that may wait to be acknowledged (default 32 MiB). Then send_batch() waits,
        for max_block_ms at most.

    Where the installed kafka-python is not one that this was made for, a warning says so, and send_batch() sends record
    by record.
    """

    DEFAULT_CONFIG: Final = {**kafka.KafkaProducer.DEFAULT_CONFIG, "buffer_memory": BUFFER_MEMORY}

    def __init__(self, **configs: Any) -> None:
        transport = seams.mismatch(seams.TRANSPORT)
        if transport is None:
            from fastpaths.kafka.transport import ProducerClient

            configs.setdefault("kafka_client", ProducerClient)
        super().__init__(**configs)
        self._process = os.getpid()
        self._sticky = StickyPartitioner()
        self._max_bytes = min(configs.get("batch_size", BATCH_SIZE), self.config["max_request_size"])
        producer = (
            seams.mismatch(seams.PRODUCER)
            or seams.missing(self, seams.PRODUCER_HAS)
            or seams.missing(self._accumulator, seams.ACCUMULATOR_HAS)
        )
        self._encodes = producer is None and self.max_usable_produce_magic(self.config["api_version"]) == 2
        if problem := producer or transport:
            warnings.warn(
                f"fastpaths was not made for kafka-python {installed}: {problem}. "
                f"Its KafkaProducer is slower with it{', and send_batch() sends record by record' if producer else ''}",
                stacklevel=2,
            )
        if self._encodes:
            from fastpaths.kafka.accumulator import Accumulator, Room

            self._accumulator.__class__ = Accumulator  # kafka-python has constructed it; nothing is in it yet
            self._accumulator.compression = self.config["compression_type"]
            self._accumulator.room = Room(self.config["buffer_memory"])

    def send_batch(
        self,
        topic: str,
        values: Values,
        keys: Values | None = None,
        *,
        partition: int | None = None,
        timestamps: ArrayLike | None = None,
        headers: Headers | None = None,
    ) -> BatchFuture:
        """Like send() of n records, which compiled code puts into record batches of their own.

        values, keys: n each, a BinaryColumn or a list of bytes and None. No keys: all null.
        partition: of all of them. By default the partitioner's choice. kafka-python's own two: the key's partition;
            without keys, each record batch goes to another one, and among keys, all records without one go to one.
            Any other partitioner is asked for each record.
        timestamps: n int64, milliseconds since 1970, UTC, or one for all; by default the current time.
        headers: n lists of (name, value), str and bytes or None; None for a record without. No headers: none has any.

        Records of a partition keep their order, that of earlier calls of send() and send_batch() included.

        Raises what send() does, with nothing sent: RecordTooLarge, for one, or BufferFull after max_block_ms. Where the
        latter comes after some records were handed over, the future is returned, and fails. BatchesUnavailable if the
        producer has a serializer, or was made before a fork. Calling it from a callback can block the sender.
        """
        self._refuse_if_unusable()
        outgoing = Outgoing.of(values, keys, headers, timestamps)
        outgoing.check(self.config["max_request_size"])
        future = BatchFuture(topic, len(outgoing), tells_offsets=self.config["acks"] != 0)
        try:
            if self._encodes:
                self._send_encoded(topic, outgoing, partition, future)
            else:
                self._send_one_by_one(topic, outgoing, partition, future)
        except Exception as error:
            if not future.is_begun:
                raise
            future.end(error)
        else:
            future.end()
        return future

    def close(self, timeout: float | None = None, null_logger: bool = False) -> None:
        """Wait for what was sent, so many seconds at most; then close, in any case.

        timeout: None for delivery_timeout_ms and request_timeout_ms together, in which each record is delivered or
            expires.

        Raises KafkaTimeoutError if that was too short. It is closed then, too: what was not acknowledged is given up,
        and all its futures fail. (kafka-python's stays open, and so do they.)
        """
        if timeout is None:
            longest = (self.config["delivery_timeout_ms"] + self.config["request_timeout_ms"]) / 1000
            timeout = min(longest, threading.TIMEOUT_MAX)
        try:
            super().close(timeout, null_logger)
        except KafkaTimeoutError:
            self._sender.force_close()
            if threading.current_thread() is not self._sender:  # in a callback it cannot wait for itself
                self._sender.join()
                super().close(0, null_logger)
            raise

    def _refuse_if_unusable(self) -> None:
        if self._closed:
            raise IllegalStateError("KafkaProducer already closed!")
        if os.getpid() != self._process:
            raise BatchesUnavailable(
                f"this KafkaProducer was made in process {self._process}; its sender is not in the fork, process "
                f"{os.getpid()}: make another one there"
            )
        for name in ("key_serializer", "value_serializer"):
            if self.config[name] is not None:
                raise BatchesUnavailable(f"send_batch() takes bytes, which the {name} is not for: use send()")

    def _send_encoded(self, topic: str, outgoing: Outgoing, partition: int | None, future: BatchFuture) -> None:
        self._wait_on_metadata(topic, self.config["max_block_ms"])
        transactions = self._transaction_manager
        groups = self._partitioned(topic, outgoing, partition)
        if len(groups) > 1:
            outgoing = outgoing.in_columns()
        for number, rows in groups:
            some = outgoing.take(rows) if isinstance(rows, np.ndarray) else outgoing
            for cut, piece in some.pieces(self._max_bytes):
                tp = TopicPartition(topic, self._next_sticky(topic) if number is None else number)
                if transactions and transactions.is_transactional():
                    transactions.maybe_add_partition_to_transaction(tp)
                encoded = piece.encode(self.config["compression_type"])
                self._accumulator.append_encoded(tp, encoded, future, rows[cut], self.config["max_block_ms"])
                self._sender.wakeup()

    def _send_one_by_one(self, topic: str, outgoing: Outgoing, partition: int | None, future: BatchFuture) -> None:
        for row, (value, key, headers, timestamp) in enumerate(outgoing.records()):
            pairs = None if headers is None else list(headers)
            future.expect_record(row, self.send(topic, value, key, pairs, partition, timestamp))

    def _partitioned(self, topic: str, outgoing: Outgoing, partition: int | None) -> list[tuple[int | None, Rows]]:
        """Which rows go to which partition; None: to the next sticky one."""
        everything = range(len(outgoing))
        if partition is not None:
            return [(self._partition(topic, partition, None, None, None, None), everything)]
        if type(self.config["partitioner"]) not in (DefaultPartitioner, StickyPartitioner):
            return _grouped(self._chosen_one_by_one(topic, outgoing))
        if outgoing.keys is None:
            return [(None, everything)]
        partitions = sorted(self._metadata.partitions_for_topic(topic))
        chosen = choose_partitions(column_of(outgoing.keys), len(partitions))
        if len(chosen) > 0 and chosen.min() < 0:
            partitions.append(self._next_sticky(topic))  # at -1
        return _grouped(np.array(partitions)[chosen])

    def _chosen_one_by_one(self, topic: str, outgoing: Outgoing) -> NDArray[np.int64]:
        keys = [None] * len(outgoing) if outgoing.keys is None else outgoing.keys
        chosen = [
            self._partition(topic, None, key, value, key, value)
            for key, value in zip(keys, outgoing.values, strict=True)
        ]
        if None in chosen:
            raise ValueError(f"Partitioner did not assign a partition for topic {topic}!")
        return np.array(chosen, np.int64)

    def _next_sticky(self, topic: str) -> int:
        partition: int = self._sticky.partition(topic, None, None, None, None, self._metadata)
        self._sticky.on_new_batch(topic, self._metadata, partition)
        return partition


def _grouped(chosen: NDArray[Any]) -> list[tuple[int | None, Rows]]:
    """The rows of each partition, in their order."""
    if len(chosen) == 0:
        return []
    if chosen.min() == chosen.max():
        return [(int(chosen[0]), range(len(chosen)))]
    narrow = chosen.astype(np.min_scalar_type(int(chosen.max())))  # up to 16 bits are sorted in linear time
    order = np.argsort(narrow, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(chosen[order])) + 1)
    return [(int(chosen[rows[0]]), rows) for rows in groups]
