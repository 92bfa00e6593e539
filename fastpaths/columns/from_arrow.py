"""Columns from Arrow arrays of any producer; readers.py has the formats.

Nothing of an array is believed but its length, and what its format says of a buffer's size: there is nothing else in
Arrow's C interface to tell them. That utf8 is UTF-8 is its producer's promise; where it is broken, making a str raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .arrow_in import ForeignArray, open_arrow
from .column import Column
from .concat import concat
from .errors import MalformedArrow
from .layout import Field
from .part import Part
from .readers import Reader, read, reader_of
from .types import Type


def read_batches(producer: Any) -> tuple[dict[str, Type], Iterator[tuple[dict[str, Column], int]]]:
    """Of a stream or an array of structs: the types by name, and each of its arrays as columns and a number of rows."""
    field, arrays = open_arrow(producer)
    if field.format != "+s":
        raise TypeError(f"expected a table, which is an Arrow struct, found format {field.format!r}")
    names = [child.name for child in field.children]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"expected columns of different names, found two of the name {twice[0]!r}")
    readers = {child.name: reader_of(child, child.name) for child in field.children}
    return {name: reader.type for name, reader in readers.items()}, _batches(field, arrays, readers)


def _batches(
    field: Field, arrays: Iterable[ForeignArray], readers: dict[str, Reader]
) -> Iterator[tuple[dict[str, Column], int]]:
    first = 0  # row
    for array in arrays:
        if len(array.children) != len(readers):
            raise MalformedArrow(f"expected a struct of {len(readers)} children, found {len(array.children)}")
        if Part(field, array, array.offset, array.length, None, first).validity() is not None:
            raise ValueError("expected a table, found structs that are null")
        columns = {
            name: read(reader, child, array.offset, array.length, name, first)
            for (name, reader), child in zip(readers.items(), array.children, strict=True)
        }
        yield columns, array.length
        first += array.length


def read_columns(producer: Any) -> tuple[dict[str, Column], int]:
    """Of a stream or an array of structs: columns by name, and the number of rows."""
    types, batches = read_batches(producer)
    pieces = list(batches)
    columns = {name: joined(type, [piece[name] for piece, _ in pieces]) for name, type in types.items()}
    return columns, sum(length for _, length in pieces)


def read_column(producer: Any, name: str | None) -> Column:
    """Of a stream or an array of a type that a column can have."""
    field, arrays = open_arrow(producer)
    reader = reader_of(field, name)
    pieces: list[Column] = []
    for array in arrays:
        pieces.append(read(reader, array, 0, array.length, name, sum(map(len, pieces))))
    return joined(reader.type, pieces)


def joined(type: Type, pieces: list[Column]) -> Column:
    return concat(pieces) if pieces else Column.from_values(type, [])
