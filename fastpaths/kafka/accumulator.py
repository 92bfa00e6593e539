"""kafka-python's RecordAccumulator, which also takes record batches that are encoded already.

Retries, acknowledgements, sequence numbers, timeouts and transactions stay kafka-python's: it handles a ProducerBatch
without looking into its records, but for splitting one that the broker finds too large.
"""

from __future__ import annotations

import struct
import threading
from typing import Any, Final

from crc32c import crc32c
from kafka import TopicPartition
from kafka.errors import IllegalStateError, KafkaTimeoutError
from kafka.producer.producer_batch import ProducerBatch
from kafka.producer.record_accumulator import RecordAccumulator

from fastpaths.errors import FastpathsError
from fastpaths.kafka.batch_future import BatchFuture
from fastpaths.kafka.outgoing import Codec, Outgoing, Rows
from fastpaths.kafka.reader import decode

# Of a record batch's header: see record_batch.pxd.
CRC: Final = struct.Struct(">I")
CRC_AT: Final = 17
ATTRIBUTES_AT: Final = 21
TRANSACTIONAL: Final = 0x10  # of the second byte of the attributes
PRODUCER: Final = struct.Struct(">qhi")  # id, epoch, base sequence
PRODUCER_AT: Final = 43


class EncodedRecords:
    """A record batch as kafka-python handles one that is being built, in a MemoryRecordsBuilder."""

    def __init__(self, encoded: bytes, count: int) -> None:
        self.producer_id = self.producer_epoch = self.base_sequence = -1
        self._buffer: bytes | bytearray = encoded
        self._count = count

    def append(self, *record: Any) -> None:
        """Has no room: what is sent next begins a batch of its own, behind this one."""

    def is_full(self) -> bool:
        return True

    def next_offset(self) -> int:
        return self._count

    def size_in_bytes(self) -> int:
        return len(self._buffer)

    def compression_rate(self) -> float:
        return 1.0

    def buffer(self) -> bytes | bytearray:
        return self._buffer

    def close(self) -> None:
        pass

    def set_producer_state(
        self, producer_id: int, producer_epoch: int, base_sequence: int, is_transactional: bool
    ) -> None:
        """Called once, ahead of the first attempt: a batch that is sent again stays what it was, or would be twice."""
        self.producer_id, self.producer_epoch, self.base_sequence = producer_id, producer_epoch, base_sequence
        stamped = bytearray(self._buffer)
        PRODUCER.pack_into(stamped, PRODUCER_AT, producer_id, producer_epoch, base_sequence)
        stamped[ATTRIBUTES_AT + 1] |= TRANSACTIONAL if is_transactional else 0
        CRC.pack_into(stamped, CRC_AT, crc32c(memoryview(stamped)[ATTRIBUTES_AT:]))
        self._buffer = stamped


class EncodedBatch(ProducerBatch):  # type: ignore[misc]
    """A record batch of `rows` of a call of send_batch, whose future is told what becomes of it."""

    def __init__(self, tp: TopicPartition, encoded: bytes, future: BatchFuture, rows: Rows) -> None:
        super().__init__(tp, EncodedRecords(encoded, len(rows)))
        self.max_record_size = len(encoded) // len(rows)  # for the metrics, which ask for no more than an idea
        self.future = future
        self.rows = rows
        future.expect(self)

    def split_into(self, halves: list[EncodedBatch]) -> None:
        """Is sent as these. Whoever waits for it, in a flush(), waits for them."""
        self.rows = self.rows[:0]
        left = len(halves)

        def settle(result: tuple[int, int, Any]) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self.produce_future.success(result)

        for half in halves:
            half.produce_future.add_callback(settle)


class BufferFull(FastpathsError, KafkaTimeoutError):  # type: ignore[misc]
    """Batches that are not acknowledged yet take up buffer_memory, and none was for max_block_ms."""


class Room:
    """So many bytes of encoded batches may be on their way, at least one batch."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._changed = threading.Condition()

    def take(self, size: int, timeout_ms: float) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._fits(size), timeout_ms / 1000):
                raise BufferFull(
                    f"expected room for a record batch of {size} bytes within {timeout_ms} ms (max_block_ms), "
                    f"found {self._taken} of {self._limit} bytes (buffer_memory) waiting to be acknowledged"
                )
            self._taken += size

    def give_back(self, size: int) -> None:
        with self._changed:
            self._taken -= size
            self._changed.notify_all()

    def _fits(self, size: int) -> bool:
        return self._taken == 0 or self._taken + size <= self._limit


class Accumulator(RecordAccumulator):  # type: ignore[misc]
    compression: Codec  # of whatever is split
    room: Room

    def append_encoded(
        self, tp: TopicPartition, encoded: bytes, future: BatchFuture, rows: Rows, max_block_ms: float
    ) -> None:
        """What append() does for a record: behind whatever is there for the partition. BufferFull: with no effect."""
        size = len(encoded)
        self.room.take(size, max_block_ms)
        batch = EncodedBatch(tp, encoded, future, rows)
        batch.produce_future.add_callback(lambda _: self.room.give_back(size))
        try:
            self._append_batch(batch)
        except IllegalStateError as error:
            batch.abort(error)
            raise

    def _append_batch(self, batch: EncodedBatch) -> None:
        self._appends_in_progress.increment()  # or one that is appended during a forced close would be forgotten
        try:
            with self._tp_lock(batch.topic_partition):
                if self._closed:
                    raise IllegalStateError("RecordAccumulator is closed")
                self._batches[batch.topic_partition].append(batch)
                self._incomplete.add(batch)
        finally:
            self._appends_in_progress.decrement()

    def split_and_reenqueue(self, batch: ProducerBatch, now: float | None = None) -> int:
        """kafka-python's would hand the records to futures of their own, which an encoded batch has not."""
        if not isinstance(batch, EncodedBatch):
            count: int = super().split_and_reenqueue(batch, now=now)
            return count
        tp = batch.topic_partition
        if self._transaction_manager and batch.has_sequence:
            # The broker took none of its records, and meanwhile nothing else was sent to the partition.
            self._transaction_manager.set_sequence_number(tp, batch.base_sequence)
        found = decode(batch.records.buffer())
        middle = (len(found) + 1) // 2
        halves = []
        for part in (slice(0, middle), slice(middle, len(found))):
            half = found[part]
            headers = [half.headers(i) for i in range(len(half))]
            encoded = Outgoing(half.values, half.keys, headers, half.timestamps).encode(self.compression)
            halves.append(EncodedBatch(tp, encoded, batch.future, batch.rows[part]))
            halves[-1].created, halves[-1].attempts = batch.created, batch.attempts
        batch.split_into(halves)
        with self._tp_lock(tp):
            self._batches[tp].extendleft(reversed(halves))
            for half in halves:
                self._incomplete.add(half)
        return len(halves)
