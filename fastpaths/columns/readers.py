"""Each format of Arrow that a column can be read from, and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .arrays import INT64, frozen, packed
from .arrow_in import ForeignArray
from .binary import BinaryColumn
from .bits import slice_bits
from .column import Column
from .errors import MalformedArrow, located, place
from .layout import Field
from .part import Part
from .text import encode
from .types import MAX_SCALE, Type
from .views import concat_binary, from_offsets, from_views

MAX_BYTES: Final = 2**31 - 1  # of a data buffer, and of a value
INTEGERS: Final = {"c": "i1", "C": "u1", "s": "i2", "S": "u2", "i": "i4", "I": "u4", "l": "i8", "L": "u8"}
FLOATS: Final = {"e": "f2", "f": "f4", "g": "f8"}
OFFSETS: Final = {"u": ("str", "i4"), "U": ("str", "i8"), "z": ("bytes", "i4"), "Z": ("bytes", "i8")}
VIEWS: Final = {"vu": "str", "vz": "bytes"}
TIMES: Final = {  # the width of a date or timestamp, and how many microseconds its unit has
    "tdD": ("i4", 86_400_000_000),
    "tdm": ("i8", 1000),
    "tss": ("i8", 1_000_000),
    "tsm": ("i8", 1000),
    "tsu": ("i8", 1),
    "tsn": ("i8", None),
}
DECIMALS: Final = re.compile(r"d:\d+,(-?\d+)(?:,(32|64|128))?")
WORDS: Final = np.dtype([("low", "i8"), ("high", "i8")])  # of 128 bits


@dataclass(frozen=True, slots=True)
class Reader:
    """How arrays of a field are read as a column."""

    field: Field
    type: Type
    read: Callable[[Part, Type], Column]
    buffers: int = 2
    variadic: bool = False  # there may be more of them


def reader_of(field: Field, name: str | None) -> Reader:
    """TypeError for a format that no column can have."""
    format = field.format
    if field.dictionary is not None:
        type = reader_of(field.dictionary, name).type
        if format in INTEGERS:
            return Reader(field, Type("category") if type.kind == "str" else type, read_dictionary)
    elif format in INTEGERS:
        return Reader(field, Type("int64"), read_integers)
    elif format in FLOATS:
        return Reader(field, Type("float64"), read_floats)
    elif format == "b":
        return Reader(field, Type("bool"), read_bools)
    elif format in OFFSETS:
        return Reader(field, Type(OFFSETS[format][0]), read_offsets, buffers=3)
    elif format in VIEWS:
        return Reader(field, Type(VIEWS[format]), read_views, buffers=3, variadic=True)
    elif format == "n":
        return Reader(field, Type("str"), read_nulls, buffers=0, variadic=True)  # polars has one
    elif format.partition(":")[0] in TIMES:
        return Reader(field, Type("timestamp"), read_times)
    elif re.fullmatch(r"w:\d+", format):
        return Reader(field, Type("bytes"), read_fixed_size)
    elif (match := DECIMALS.fullmatch(format)) and int(match[1]) <= MAX_SCALE:
        return Reader(field, Type("decimal", max(0, int(match[1]))), read_decimals)
    raise located(TypeError(f"expected an Arrow type that a column can have, found format {format!r}"), name)


def read(reader: Reader, array: ForeignArray, start: int, length: int, name: str | None, row: int) -> Column:
    """Values start … start + length - 1 of an array, which are a column's from `row` on."""
    try:
        if start + length > array.length:
            raise MalformedArrow(f"expected {start + length} values, found {array.length}")
        if array.children or (array.dictionary is None) != (reader.field.dictionary is None):
            raise MalformedArrow("expected no children, and a dictionary only where the schema has one")
        if array.n_buffers < reader.buffers or (array.n_buffers > reader.buffers and not reader.variadic):
            raise MalformedArrow(f"expected {reader.buffers} buffers, found {array.n_buffers}")
        return reader.read(Part(reader.field, array, array.offset + start, length, name, row), reader.type)
    except MalformedArrow as error:
        raise MalformedArrow(f"{place(name, row)}: {error}") from None


def read_integers(part: Part, type: Type) -> Column:
    values, validity = part.values(INTEGERS[part.field.format]), part.validity()
    if values.dtype == np.uint64:
        part.refuse_where((values > INT64.max) & part.is_valid(validity), values, "an int64", OverflowError)
    return Column(type, part.length, frozen(values, np.int64), validity)


def read_floats(part: Part, type: Type) -> Column:
    return Column(type, part.length, frozen(part.values(FLOATS[part.field.format]), np.float64), part.validity())


def read_bools(part: Part, type: Type) -> Column:
    return Column(type, part.length, part.bits(1), part.validity())


def read_nulls(part: Part, type: Type) -> Column:
    return Column.from_values(type, [None] * part.length)


def read_times(part: Part, type: Type) -> Column:
    """One without a zone is taken as UTC. One that is no whole number of microseconds is refused."""
    dtype, factor = TIMES[part.field.format.partition(":")[0]]
    times, validity = part.values(dtype), part.validity()
    if factor == 1:
        return Column(type, part.length, frozen(times), validity)
    times = np.where(part.is_valid(validity), times.astype(np.int64), 0)  # whatever lies under a null
    if factor is None:
        part.refuse_where(times % 1000 != 0, times, "whole microseconds, in nanoseconds")
        return Column(type, part.length, frozen(times // 1000), validity)
    return Column(type, part.length, scaled(part, times, factor, type), validity)


def read_decimals(part: Part, type: Type) -> Column:
    scale, bits = DECIMALS.fullmatch(part.field.format).groups()  # type: ignore[union-attr]
    validity = part.validity()
    if bits in ("32", "64"):
        units = part.values(f"i{int(bits) // 8}")
    else:
        words = part.values(WORDS)
        units = words["low"]
        too_wide = (words["high"] != units >> 63) & part.is_valid(validity)
        part.refuse_where(too_wide, words, f"{type}, in 64 bits", OverflowError)
    units = np.where(part.is_valid(validity), units.astype(np.int64), 0)
    return Column(type, part.length, scaled(part, units, 10 ** max(0, -int(scale)), type), validity)


def scaled(part: Part, values: NDArray[np.int64], factor: int, type: Type) -> NDArray[np.int64]:
    fits = (values <= INT64.max // factor) & (values >= -(-INT64.min // factor))
    part.refuse_where(~fits, values, f"{type}, in 64 bits", OverflowError)
    return frozen(values * factor)


def read_views(part: Part, type: Type) -> Column:
    """A data buffer is read as far as views reach."""
    count = part.array.n_buffers - 3
    sizes = np.frombuffer(part.array.buffer(count + 2, 8 * count), np.int64).tolist()
    data = [part.array.buffer(2 + i, min(size, MAX_BYTES)) for i, size in enumerate(sizes)]
    views = frozen(part.values("2i8")).reshape(-1).view(np.uint8)
    return Column(type, part.length, from_views(views, data, part.length, part.validity()))


def read_offsets(part: Part, type: Type) -> Column:
    if part.length == 0:  # there may be no offsets at all
        return Column.from_values(type, [])
    offsets = frozen(part.values(OFFSETS[part.field.format][1], extra=1))
    data = np.frombuffer(part.array.buffer(2, int(offsets[-1])), np.uint8)
    return Column(type, part.length, over_offsets(data, offsets, part.validity()))


def read_fixed_size(part: Part, type: Type) -> Column:
    width = int(part.field.format[2:])
    data = part.values(f"V{width}").view(np.uint8) if width else np.empty(0, np.uint8)
    offsets = np.arange(part.length + 1, dtype=np.int64) * width
    return Column(type, part.length, over_offsets(data, offsets, part.validity()))


def over_offsets(data: NDArray[np.uint8], offsets: NDArray[Any], validity: NDArray[np.uint8] | None) -> BinaryColumn:
    """A column over as many pieces of the data as a column's data buffers make necessary."""
    if len(data) <= MAX_BYTES:
        return from_offsets(data, offsets, validity)
    sizes = np.diff(offsets)
    if offsets[0] < 0 or (sizes < 0).any():
        raise MalformedArrow("expected offsets that do not decrease")
    if (sizes > MAX_BYTES).any():
        raise ValueError(f"expected values of at most {MAX_BYTES} bytes, found one of {sizes.max()}")
    pieces, start, n = [], 0, len(sizes)
    while start < n:
        first = offsets[start]
        stop = int(np.searchsorted(offsets, first + MAX_BYTES, side="right")) - 1
        piece = None if validity is None else slice_bits(validity, start, stop - start)
        pieces.append(from_offsets(data[first : offsets[stop]], offsets[start : stop + 1] - first, piece))
        start = stop
    return concat_binary(pieces)


def read_dictionary(part: Part, type: Type) -> Column:
    """str as categories, which are distinct and no nulls, whatever the dictionary has; other values as they are."""
    field, dictionary = part.field.dictionary, part.array.dictionary
    assert field is not None
    assert dictionary is not None
    values = read(reader_of(field, part.name), dictionary, 0, dictionary.length, part.name, part.row)
    numbers, valid = part.values(INTEGERS[part.field.format]), part.is_valid(part.validity())
    outside = ((numbers < 0) | (numbers >= len(values))) & valid
    if outside.any():
        raise MalformedArrow(f"expected numbers of {len(values)} values, found {numbers[outside.argmax()]}")
    rows = np.where(valid, numbers.astype(np.int64), -1)
    if type.kind != "category":
        return values.take(rows)
    categories, _, distinct = encode(values.as_binary())
    valid &= np.append(values.is_valid(), False)[rows]
    renumbered = np.append(categories, np.int32(0))[rows]
    return Column(type, part.length, frozen(renumbered), None if valid.all() else packed(valid), distinct)
