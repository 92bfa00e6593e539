"""What send_batch() returns, and what becomes of it."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from kafka.errors import KafkaError, KafkaTimeoutError
from kafka.future import Future
from numpy.typing import NDArray

from fastpaths.errors import FastpathsError
from fastpaths.kafka.outgoing import Rows

if TYPE_CHECKING:
    from fastpaths.kafka.accumulator import EncodedBatch


class BatchMetadata:
    """Where the n records of a send_batch() are. partitions: int32[n], offsets: int64[n].

    A record that was not delivered is in partition -1. The offset is -1 where it is not known, which is so with acks=0.
    """

    def __init__(self, topic: str, length: int, delivered: list[tuple[int, Rows, int]]) -> None:
        self.topic = topic
        self._length = length
        self._delivered = delivered  # partition, rows, base offset

    def __len__(self) -> int:
        return self._length

    @cached_property
    def partitions(self) -> NDArray[np.int32]:
        partitions = np.full(self._length, -1, np.int32)
        for partition, rows, _ in self._delivered:
            partitions[_places(rows)] = partition
        return partitions

    @cached_property
    def offsets(self) -> NDArray[np.int64]:
        offsets = np.full(self._length, -1, np.int64)
        for _, rows, base in self._delivered:
            if base >= 0:
                offsets[_places(rows)] = np.arange(base, base + len(rows))
        return offsets

    def __repr__(self) -> str:
        return f"BatchMetadata({self.topic!r}, {len(self)} records)"


def _places(rows: Rows) -> slice | NDArray[np.int64]:
    return slice(rows.start, rows.stop) if isinstance(rows, range) else rows


class NotDelivered(FastpathsError, KafkaError):  # type: ignore[misc]
    """Some records of a send_batch() were not delivered, as far as is known; its __cause__ is why the first was not.

    metadata: where the others are, which were. rows: int64[], those that were not.
    """

    def __init__(self, metadata: BatchMetadata, cause: Exception) -> None:
        super().__init__(metadata, cause)
        self.metadata = metadata
        self.__cause__ = cause

    @property
    def rows(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.metadata.partitions < 0)

    def __str__(self) -> str:
        rows = self.rows
        return (
            f"{len(rows)} of {len(self.metadata)} records were not delivered to topic {self.metadata.topic!r}, "
            f"records[{rows[0]}] the first of them: {self.__cause__}"
        )


class BatchFuture(Future):  # type: ignore[misc]
    """Succeeds with a BatchMetadata once all records are acknowledged, as acks has it; or fails with NotDelivered, once
    of each record is known what became of it. Callbacks run in kafka-python's sender thread.
    """

    def __init__(self, topic: str, length: int, *, tells_offsets: bool = True) -> None:
        super().__init__()
        self._metadata = BatchMetadata(topic, length, [])
        self._tells_offsets = tells_offsets
        self._error: Exception | None = None
        self._changing = threading.Lock()
        self.is_begun = False  # was anything handed over?
        self._awaited = 1  # record batches, and the end of the call that makes them
        self._completed = threading.Event()

    def get(self, timeout: float | None = None) -> BatchMetadata:
        """Wait for it, so many seconds at most: then KafkaTimeoutError."""
        if not self._completed.wait(timeout):
            raise KafkaTimeoutError(f"Timeout after waiting for {timeout} secs.")
        if self.exception is not None:
            raise self.exception
        return self._metadata

    def expect(self, batch: EncodedBatch) -> None:
        """A record batch that is handed to kafka-python's sender."""

        def settle(result: tuple[int, int, Any]) -> None:
            base_offset, _, error_of = result
            if error_of is None or len(batch.rows) == 0:
                self._settle(batch.topic_partition.partition, batch.rows, base_offset)
            else:
                self._settle_failed(_telling(error_of, len(batch.rows)))

        self._await_one()
        batch.produce_future.add_callback(settle)

    def expect_record(self, row: int, record: Future) -> None:
        """What kafka-python's send() returned for one record."""
        self._await_one()
        record.add_callback(lambda found: self._settle(found.partition, range(row, row + 1), found.offset))
        record.add_errback(self._settle_failed)

    def end(self, error: Exception | None = None) -> None:
        """Nothing will follow; error: why not, where something should have."""
        if error is None:
            self._one_less()
        else:
            self._settle_failed(error)

    def _await_one(self) -> None:
        with self._changing:
            self._awaited += 1
            self.is_begun = True

    def _settle(self, partition: int, rows: Rows, base_offset: int) -> None:
        with self._changing:
            self._metadata._delivered.append((partition, rows, base_offset if self._tells_offsets else -1))
        self._one_less()

    def _settle_failed(self, error: Exception) -> None:
        with self._changing:
            self._error = self._error or error
        self._one_less()

    def _one_less(self) -> None:
        with self._changing:
            self._awaited -= 1
            if self._awaited > 0:
                return
        if self._error is None:
            self.success(self._metadata)
        else:
            self.failure(NotDelivered(self._metadata, self._error))
        self._completed.set()


def _telling(error_of: Any, count: int) -> Exception:
    """Of the errors of a batch's records, one that does not just say that another record had one."""
    errors: list[Exception] = [error_of(i) for i in range(count)]
    return next((error for error in errors if type(error) is not KafkaError), errors[0])
