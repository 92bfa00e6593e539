"""What columns are made of when it is not Python objects: numpy arrays, BinaryColumns, and columns of another type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from reprlib import repr as shortened
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import INT64, frozen, packed, refuse_where
from .binary import BinaryColumn
from .column import Column
from .errors import located, place
from .infer import infer_type
from .text import check_utf8, encode
from .types import Type


def as_column(values: Any, type: Type | None, name: str | None) -> Column:
    """Of a Column, a BinaryColumn, a numpy array, or an iterable of Python objects. type: None for what it is."""
    if isinstance(values, BinaryColumn):
        values = Column(Type("bytes"), len(values), values)
    elif isinstance(values, np.ndarray) and values.dtype.kind in "biufM":
        values = from_array(values, name)
    elif not isinstance(values, Column):
        if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
            raise located(TypeError(f"expected a column of values, found {shortened(values)}"), name)
        values = list(values)
        return Column.from_values(type or infer_type(values, name), values, name=name)
    return values if type is None else cast(values, type, name)


def from_array(array: NDArray[Any], name: str | None) -> Column:
    """NaT is null. A datetime64 is in UTC."""
    if array.ndim != 1:
        raise located(ValueError(f"expected an array of one dimension, found {array.ndim}"), name)
    kind, n = array.dtype.kind, len(array)
    if kind == "b":
        return Column(Type("bool"), n, packed(array))
    if kind == "f":
        return Column(Type("float64"), n, frozen(array, np.float64))
    if kind == "M":
        return from_datetimes(array, name)
    if kind == "u" and array.dtype.itemsize == 8:
        refuse_where(array > INT64.max, array, "an int64", name, error=OverflowError)
    return Column(Type("int64"), n, frozen(array, np.int64))


def from_datetimes(array: NDArray[Any], name: str | None) -> Column:
    missing = np.isnat(array)
    microseconds = _microseconds(array, name)
    changed = (microseconds.astype(array.dtype) != array) & ~missing
    refuse_where(changed, array, "whole microseconds, in 64 bits", name)
    validity = packed(~missing) if missing.any() else None
    return Column(Type("timestamp"), len(array), frozen(microseconds.view(np.int64)), validity)


def _microseconds(array: NDArray[Any], name: str | None) -> NDArray[Any]:
    """What 64 bits do not hold comes out wrong, or where numpy finds it first (from 2.5 on), is refused here."""
    try:
        return array.astype("datetime64[us]")
    except OverflowError:
        for row in range(len(array)):
            try:
                array[row : row + 1].astype("datetime64[us]")
            except OverflowError:
                refuse_where(np.arange(len(array)) == row, array, "whole microseconds, in 64 bits", name)
        raise


def cast(column: Column, type: Type, name: str | None) -> Column:
    """The column as one of another type: between str, bytes and category, or int64 and decimals or float64, as long as
    every value stays what it is, but for an int64, which becomes the nearest float64. TypeError for other types."""
    if column.type == type:
        return column
    match column.type.kind, type.kind:
        case ("str", "bytes") | ("bytes", "str"):
            if type.kind == "str":
                check_utf8(column.as_binary(), place(name))
            return Column(type, column.length, column.values)
        case ("str" | "bytes", "category"):
            check_utf8(column.as_binary(), place(name))
            return Column(type, column.length, *encode(column.as_binary()))
        case ("category", "str" | "bytes"):
            return Column(type, column.length, column.as_binary())
        case ("int64", "float64"):
            return Column(type, column.length, frozen(np.asarray(column.values), np.float64), column.validity)
        case ("float64", "int64"):  # which integers with nulls are in pandas
            return Column(type, column.length, whole(column, name), column.validity)
        case ("int64" | "decimal", "int64" | "decimal"):
            return Column(type, column.length, rescaled(column, type, name), column.validity)
    raise located(TypeError(f"expected {type}, found {column.type}"), name)


def whole(column: Column, name: str | None) -> NDArray[np.int64]:
    numbers = np.where(column.is_valid(), np.asarray(column.values), 0.0)
    fits = (numbers == np.floor(numbers)) & (numbers >= -(2.0**63)) & (numbers < 2.0**63)
    refuse_where(~fits, column, "int64", name)
    return frozen(numbers, np.int64)


def rescaled(column: Column, type: Type, name: str | None) -> NDArray[np.int64]:
    """The same numbers in units of another scale."""
    units: NDArray[np.int64] = np.where(column.is_valid(), np.asarray(column.values), 0)  # whatever lies under a null
    factor = 10 ** abs(type.scale - column.type.scale)
    if type.scale < column.type.scale:
        refuse_where(units % factor != 0, column, f"{type}", name)
        return frozen(units // factor)
    most, least = INT64.max // factor, -(-INT64.min // factor)
    refuse_where((units > most) | (units < least), column, f"{type}", name, error=OverflowError)
    return frozen(units * factor)
