"""Columns as Arrow arrays."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from .binary import BinaryColumn
from .layout import Array, Field
from .types import Type

if TYPE_CHECKING:
    from .column import Column

FORMATS: Final = {
    "int64": "l",
    "float64": "g",
    "bool": "b",
    "str": "vu",
    "bytes": "vz",
    "category": "i",
    "timestamp": "tsu:UTC",
}


def field_of_columns(schema: Mapping[str, Type]) -> Field:
    return Field("+s", nullable=False, children=[field_of(type, name) for name, type in schema.items()])


def array_of_columns(columns: Mapping[str, Column], length: int) -> Array:
    return Array(length, (None,), children=[array_of(column) for column in columns.values()])


def field_of(type: Type, name: str = "") -> Field:
    if type.kind == "decimal":
        return Field(f"d:19,{type.scale}", name)
    return Field(FORMATS[type.kind], name, dictionary=Field("u") if type.kind == "category" else None)


def array_of(column: Column) -> Array:
    if isinstance(column.values, BinaryColumn):
        return array_of_binary(column.values)
    values = int128s(np.asarray(column.values)) if column.type.kind == "decimal" else column.values
    dictionary = None if column.categories is None else array_of_texts(column.categories)
    return Array(column.length, (column.validity, values), column.null_count, dictionary=dictionary)


def array_of_binary(column: BinaryColumn) -> Array:
    offset, buffers = column._arrow_buffers()
    return Array(len(column), buffers, column.null_count, offset if len(column) else 0)  # pyarrow gives it no memory


def int128s(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each value in 16 bytes: as it is, and its sign."""
    return np.stack([values, values >> 63], axis=1)


def array_of_texts(column: BinaryColumn) -> Array:
    """As utf8, the form of text that every consumer takes as a dictionary."""
    texts = [text or b"" for text in column]
    offsets = np.array([0, *accumulate(map(len, texts))], np.int32)
    return Array(len(texts), (None, offsets, b"".join(texts)))
