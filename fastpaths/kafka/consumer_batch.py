"""Consumed records of one partition, in columns."""

from __future__ import annotations

from collections.abc import Iterator
from operator import index
from typing import Any, overload

import numpy as np
from kafka.consumer.fetcher import ConsumerRecord
from numpy.typing import NDArray

from fastpaths.columns.arrow_out import array_capsule, schema_capsule, stream_capsule
from fastpaths.columns.binary import BinaryColumn
from fastpaths.columns.layout import Array, Field
from fastpaths.columns.to_arrow import array_of_binary
from fastpaths.kafka.consumer_records import append_records
from fastpaths.kafka.decoded import Records

FIELD = Field(
    "+s",
    nullable=False,
    children=[
        Field("l", "offset", nullable=False),
        Field("tsm:UTC", "timestamp", nullable=False),
        Field("vz", "key"),
        Field("vz", "value"),
    ],
)


class ConsumerBatch:
    """Records of one partition in columns, each of len(batch) values. batch[i] is a ConsumerRecord, batch[i:j] a batch.

    As Arrow: the columns offset, timestamp (milliseconds, UTC), key and value, without a copy. Keys and values are
    views of what was fetched, and keep all of that alive: compact() of a column copies out.
    """

    __slots__ = ("_records", "partition", "topic")

    def __init__(self, topic: str, partition: int, records: Records) -> None:
        self.topic = topic
        self.partition = partition
        self._records = records

    @property
    def next_offset(self) -> int:
        """What to commit once these are done: past what compaction removed, control records and aborted ones."""
        return self._records.next_offset

    @property
    def keys(self) -> BinaryColumn:
        """Nulls included."""
        return self._records.keys

    @property
    def values(self) -> BinaryColumn:
        """Nulls included."""
        return self._records.values

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Ascending, with gaps where records were compacted away or aborted, or were not of a producer's."""
        return self._records.offsets

    @property
    def timestamps(self) -> NDArray[np.int64]:
        """Milliseconds since 1970 in UTC; -1 where there is none."""
        return self._records.timestamps

    @property
    def timestamp_type(self) -> int | None:
        """0: records have the time of their creation. 1: that of their arrival at the broker. None: they have none, or
        the batch is empty."""
        return self._records.batch(0).timestamp_type if len(self) else None

    @property
    def leader_epoch(self) -> int:
        """Of the partition's leader that appended the records; -1 where it is not known."""
        return self._records.batch(0).leader_epoch if len(self) else -1

    def headers(self, i: int) -> list[tuple[str, bytes | None]]:
        """The headers of record i, found when they are asked for. Raises IndexError; CorruptRecordBatch for a name that
        is not UTF-8."""
        return self._records.headers(i)

    def __len__(self) -> int:
        return len(self._records)

    @overload
    def __getitem__(self, key: int) -> ConsumerRecord: ...
    @overload
    def __getitem__(self, key: slice) -> ConsumerBatch: ...
    def __getitem__(self, key: int | slice) -> ConsumerRecord | ConsumerBatch:
        """A record as poll() gives it, or a batch of those in a slice.

        Raises IndexError; ValueError for a slice with a step other than 1; CorruptRecordBatch as headers() does.
        """
        if isinstance(key, slice):
            return ConsumerBatch(self.topic, self.partition, self._records[key])
        row = index(key)
        if not -len(self) <= row < len(self):
            raise IndexError(f"record {row} of a batch of {len(self)}")
        row %= len(self)
        return self._objects(row, row + 1)[0]

    def __iter__(self) -> Iterator[ConsumerRecord]:
        for start in range(0, len(self), 1000):
            yield from self._objects(start, start + 1000)

    def _objects(self, start: int, stop: int) -> list[ConsumerRecord]:
        records: list[ConsumerRecord] = []
        append_records(records, self._records[start:stop], self.topic, self.partition, None, None)
        return records

    def __repr__(self) -> str:
        offsets = f", offsets {self.offsets[0]} to {self.offsets[-1]}" if len(self) else ""
        return f"ConsumerBatch({self.topic!r}, {self.partition}, {len(self)} records{offsets})"

    def __arrow_c_schema__(self) -> Any:
        return schema_capsule(FIELD)

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        return schema_capsule(FIELD), array_capsule(self._array())

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return stream_capsule(FIELD, [self._array()])

    def _array(self) -> Array:
        numbers = [Array(len(self), (None, column)) for column in (self.offsets, self.timestamps)]
        strings = [array_of_binary(column) for column in (self.keys, self.values)]
        return Array(len(self), (None,), children=numbers + strings)
