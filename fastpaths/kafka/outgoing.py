"""Records on their way into record batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from kafka.errors import MessageSizeTooLargeError
from numpy.typing import ArrayLike, NDArray

from fastpaths.columns import BinaryColumn
from fastpaths.errors import FastpathsError
from fastpaths.kafka.encode import encode, split

if TYPE_CHECKING:
    from fastpaths.kafka.encode import Headers, Values

Codec = Literal["gzip", "snappy", "lz4", "zstd"] | None
Rows = range | NDArray[np.int64]  # ascending


class RecordTooLarge(FastpathsError, MessageSizeTooLargeError, ValueError):  # type: ignore[misc]
    """A record that max_request_size keeps from being sent."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Outgoing:
    """n records in columns, as `records.encode` takes them."""

    values: BinaryColumn | list[bytes | None]  # a column can be taken from, a list is encoded where it is
    keys: BinaryColumn | list[bytes | None] | None
    headers: list[Any] | None
    timestamps: Any

    @classmethod
    def of(cls, values: Values, keys: Values | None, headers: Headers | None, timestamps: ArrayLike | None) -> Self:
        if timestamps is not None and not isinstance(timestamps, int):
            timestamps = np.asarray(timestamps)
        return cls(
            _sliceable(values),
            None if keys is None else _sliceable(keys),
            None if headers is None else list(headers),
            timestamps,
        )

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, key: slice) -> Outgoing:
        return Outgoing(
            self.values[key],
            None if self.keys is None else self.keys[key],
            None if self.headers is None else self.headers[key],
            self.timestamps[key] if isinstance(self.timestamps, np.ndarray) else self.timestamps,
        )

    def in_columns(self) -> Outgoing:
        keys = None if self.keys is None else column_of(self.keys)
        return Outgoing(column_of(self.values), keys, self.headers, self.timestamps)

    def take(self, rows: NDArray[np.int64]) -> Outgoing:
        """Of what is in columns."""
        assert not isinstance(self.values, list)
        assert not isinstance(self.keys, list)
        return Outgoing(
            self.values.take(rows),
            None if self.keys is None else self.keys.take(rows),
            None if self.headers is None else [self.headers[row] for row in rows.tolist()],
            self.timestamps[rows] if isinstance(self.timestamps, np.ndarray) else self.timestamps,
        )

    def check(self, max_request_size: int) -> None:
        """Raises what is wrong with any of them: RecordTooLarge, TypeError, ValueError, OverflowError."""
        for cut in self._cuts(max_request_size):
            if cut.stop - cut.start == 1 and (size := len(self[cut].encode())) > max_request_size:
                key = self.keys[cut.start] if self.keys is not None else None
                raise RecordTooLarge(
                    f"record {cut.start} of {len(self)}: expected a record batch of at most {max_request_size} bytes "
                    f"(max_request_size), found {size} "
                    f"(key {len(key or b'')} bytes, value {len(self.values[cut.start] or b'')})"
                )

    def pieces(self, max_bytes: int) -> Iterator[tuple[slice, Outgoing]]:
        """For a record batch each: at most so many bytes before compression, but at least one record."""
        for cut in self._cuts(max_bytes):
            yield cut, self[cut]

    def records(self) -> Iterator[tuple[bytes | None, bytes | None, list[Any] | None, int | None]]:
        """Value, key, headers, timestamp of each."""
        each = [self.values, self.keys, self.headers, self.timestamps]
        n = len(self)
        if isinstance(self.timestamps, int):
            each[3] = [self.timestamps] * n
        elif self.timestamps is not None:
            each[3] = self.timestamps.tolist()
        return zip(*([None] * n if column is None else column for column in each), strict=True)

    def encode(self, compression: Codec = None) -> bytes:
        return encode(self.values, self.keys, self.headers, self.timestamps, compression=compression)

    def _cuts(self, max_bytes: int) -> list[slice]:
        return split(self.values, self.keys, self.headers, self.timestamps, max_bytes=max_bytes)


def _sliceable(values: Values) -> BinaryColumn | list[bytes | None]:
    return values if isinstance(values, BinaryColumn | list) else list(values)


def column_of(values: BinaryColumn | list[bytes | None]) -> BinaryColumn:
    return values if isinstance(values, BinaryColumn) else BinaryColumn.from_values(values)
