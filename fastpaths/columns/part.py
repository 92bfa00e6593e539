"""What a column is read from: a part of an array of another library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import refuse_where, unpacked
from .arrow_in import ForeignArray
from .bits import count_bits, slice_bits
from .errors import MalformedArrow
from .layout import Field


@dataclass(frozen=True, slots=True)
class Part:
    """`length` values of an array, from number `start` of its buffers on."""

    field: Field
    array: ForeignArray
    start: int
    length: int
    name: str | None = None  # of the column, for errors
    row: int = 0  # of the column, where the part begins

    def values(self, dtype: Any, buffer: int = 1, extra: int = 0) -> NDArray[Any]:
        """Of a fixed width: one a value, and so many more."""
        width, n = np.dtype(dtype).itemsize, self.start + self.length + extra
        return np.frombuffer(self.array.buffer(buffer, n * width), dtype)[self.start :]

    def bits(self, buffer: int) -> NDArray[np.uint8]:
        """One a value."""
        bits = np.frombuffer(self.array.buffer(buffer, (self.start + self.length + 7) // 8), np.uint8)
        return bits[self.start // 8 :] if self.start % 8 == 0 else slice_bits(bits, self.start, self.length)

    def validity(self) -> NDArray[np.uint8] | None:
        """None where nothing is null, whatever the array says of its nulls."""
        if self.array.has_buffer(0):
            validity = self.bits(0)
            return None if count_bits(validity, self.length) == self.length else validity
        if self.array.null_count > 0 and self.length > 0:
            raise MalformedArrow(f"expected the validity of {self.array.null_count} nulls, found none")
        return None

    def is_valid(self, validity: NDArray[np.uint8] | None) -> NDArray[np.bool_]:
        return np.ones(self.length, np.bool_) if validity is None else unpacked(validity, self.length)

    def refuse_where(
        self, bad: NDArray[np.bool_], values: Any, expected: str, error: type[Exception] = ValueError
    ) -> None:
        refuse_where(bad, values, expected, self.name, error=error, first_row=self.row)
