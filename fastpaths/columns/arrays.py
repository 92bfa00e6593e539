"""Numpy arrays in the form in which columns hold them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import place

INT64: Final = np.iinfo(np.int64)


def frozen(array: NDArray[Any], dtype: Any = None) -> NDArray[Any]:
    """Contiguous, aligned, read-only, and of the dtype: a view of the array where it is all that, else a copy."""
    held = np.require(array, dtype, ["C", "A"]).view()
    held.flags.writeable = False
    return held


def packed(values: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """As bits."""
    return frozen(np.packbits(values, bitorder="little"))


def unpacked(bits: NDArray[np.uint8], length: int) -> NDArray[np.bool_]:
    return np.unpackbits(bits, count=length, bitorder="little").view(np.bool_)


def as_rows(rows: ArrayLike) -> NDArray[np.int64]:
    """Numbers of rows as compiled code takes them."""
    array = np.asarray(rows)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
        raise TypeError(f"rows must be integers in one dimension, found {array.ndim} dimensions of {array.dtype}")
    if array.dtype.kind == "u":
        array = np.minimum(array, INT64.max)  # which is no row either
    return np.ascontiguousarray(array, np.int64)


def refuse_where(
    bad: NDArray[np.bool_],
    values: Any,
    expected: str,
    name: str | None,
    *,
    error: type[Exception] = ValueError,
    first_row: int = 0,
) -> None:
    """Raise for the first bad one of the values, if there is any."""
    if bad.any():
        i = int(bad.argmax())
        raise error(f"{place(name, first_row + i)}: expected {expected}, found {values[i]}")
