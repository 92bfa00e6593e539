"""What a consumer has received, kept until it is checked.

To keep what a client gave would keep its memory: every record would lie in pages that nobody has touched before, whose
first touch may cost more than all else, and which an application that drops its batches never sees. So the values are
copied, into memory that was touched before the clock started, and the client's is free to be used again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from _scenario.sides import Batch, values_of
from fastpaths import BinaryColumn

PIECE_BYTES = 1 << 20  # of a column that are gathered in one go: they stay in the processor's cache meanwhile
INLINED = 12  # bytes; a value of at most so many lies in its view, behind its length (Arrow's binary_view)


class Kept:
    """Memory for so many records of that size, and a tenth more. What does not fit is kept in memory that is new."""

    def __init__(self, records: int, size: int) -> None:
        self._memory = memoryview(bytearray(b"\1") * (records * (size + 16) * 11 // 10))  # 16: a view
        self._used = 0
        self._rows = max(1, PIECE_BYTES // size)
        self._batches: list[tuple[int, int, Any]] = []

    def add(self, now: int, partition: int, batch: Batch) -> None:
        """A client's batch, or the values themselves."""
        values = getattr(batch, "values", batch)
        if isinstance(values, BinaryColumn):
            for start in range(0, len(values), self._rows):
                _, (_, views, *data, _) = values[start : start + self._rows].compact()._arrow_buffers()
                self._batches.append((now, partition, _Viewed(self._copied(views), [*map(self._copied, data)])))
        elif type(batch) is list:
            found = [getattr(record, "value", record) or b"" for record in batch]
            self._batches.append((now, partition, _Joined(self._copied(b"".join(found)), [*map(len, found)])))
        else:  # objects, each encoded anew when it is asked for
            self._batches.append((now, partition, batch))

    def __iter__(self) -> Iterator[tuple[int, int, bytes]]:
        """When each value was received, of which partition. An absent one is empty: it is nobody's either way."""
        return ((now, partition, value) for now, partition, values in self._batches for value in values_of(values))

    def _copied(self, data: Any) -> memoryview:
        source = memoryview(data)
        place = self._memory[self._used : self._used + source.nbytes]
        if place.nbytes < source.nbytes:
            return memoryview(bytes(source))
        place[:] = source
        self._used += source.nbytes
        return place


@dataclass(frozen=True)
class _Joined:
    """Values one behind the other."""

    data: memoryview
    lengths: list[int]

    def __iter__(self) -> Iterator[bytes]:
        return (bytes(self.data[start:stop]) for start, stop in pairwise(accumulate(self.lengths, initial=0)))


@dataclass(frozen=True)
class _Viewed:
    """A compacted column: its views, and the longer values one behind the other."""

    views: memoryview
    data: list[memoryview]

    def __iter__(self) -> Iterator[bytes]:
        heads = np.frombuffer(self.views, np.int32).reshape(-1, 4).tolist()
        for row, (length, _, block, offset) in enumerate(heads):
            data, start = (self.views, 16 * row + 4) if length <= INLINED else (self.data[block], offset)
            yield bytes(data[start : start + length])
