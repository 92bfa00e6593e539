"""What a column is compared with, in the form in which compiled code compares: exactly, whatever the column can hold.

A fixed-width value has a place in the order of int64 (simd.pxd). A constant that the column cannot hold lies between two
places, or beyond all of them: 12.345 between the 1234 and the 1235 units of a decimal(2), 2**70 behind every int64.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from reprlib import repr as shortened
from typing import Any, Final, TypeAlias

import numpy as np

from ..columns.types import Type
from .predicates import PredicateError
from .simd import place_of

# The places at or below a constant, and at or above it: the same where the column can hold it.
Places: TypeAlias = tuple[int, int]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
BEYOND: Final = 2**64  # every int64
WILDCARDS: Final = {"_": 256, "%": 257}  # ANY_CHARACTER, ANY_STRING of texts.pxd


def mismatch(column: str, type: Type, value: object, hint: str = "") -> TypeError:
    found = f"the {value.__class__.__name__} {value if isinstance(value, Decimal) else shortened(value)}"
    return TypeError(f"column {column!r} of type {type} does not compare with {found}{hint and f': {hint}'}")


def text_of(column: str, type: Type, value: object) -> bytes:
    """What a str, category or bytes column holds for the value."""
    if type.kind == "bytes":
        if isinstance(value, bytes):
            return value
        raise mismatch(column, type, value, "bytes are given as a parameter")
    if not isinstance(value, str):
        raise mismatch(column, type, value)
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise PredicateError(f"column {column!r}: {shortened(value)} is not valid Unicode: {error}") from None


def places_of(column: str, type: Type, value: Any) -> Places:
    """Where the value falls among those that a column of any other type can hold."""
    if value.__class__ is int and type.kind in ("int64", "decimal"):  # in short
        return (units := value * 10**type.scale), units
    if isinstance(value, (bool, np.bool_)) != (type.kind == "bool"):
        raise mismatch(column, type, value)
    match type.kind:
        case "bool":
            places = int(value), int(value)
        case "timestamp":
            places = _of_time(column, type, value)
        case "float64":
            places = _of_float(value)
        case _:
            places = _of_exact(value, type.scale)
    if places is None:
        raise mismatch(column, type, value)
    return places


def _of_exact(value: Any, scale: int) -> Places | None:
    if isinstance(value, (int, np.integer)):
        units = int(value) * 10**scale
        return units, units
    if isinstance(value, (float, np.floating)):
        value = Decimal(repr(float(value)))  # whoever writes 0.1 means 0.1
    if not isinstance(value, Decimal):
        return None
    if value.is_nan():
        return BEYOND, BEYOND  # above all numbers, as in a float64 column
    if value.is_infinite() or (value and value.adjusted() > 40):  # not to be written out as an int
        return (-BEYOND, -BEYOND) if value.is_signed() else (BEYOND, BEYOND)
    if value and value.adjusted() < -40:
        return (-1, 0) if value.is_signed() else (0, 1)
    numerator, denominator = value.as_integer_ratio()
    numerator *= 10**scale
    return numerator // denominator, -(-numerator // denominator)


def _of_float(value: Any) -> Places | None:
    if not isinstance(value, (float, int, Decimal, np.floating, np.integer)):
        return None
    try:
        nearest = float(value)
    except OverflowError:
        nearest = math.inf if value > 0 else -math.inf
    place = place_of(nearest)
    if math.isinf(nearest) and value != nearest:  # between the last number and infinity
        return (place - 1, place) if nearest > 0 else (place, place + 1)
    return place, place


def _of_time(column: str, type: Type, value: Any) -> Places | None:
    if isinstance(value, str):
        try:
            value = datetime_of(value)
        except ValueError as error:
            raise PredicateError(f"column {column!r} of type {type}: {error}") from None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise mismatch(column, type, value, "it has no time zone")
    elif isinstance(value, date):
        value = datetime.combine(value, time(tzinfo=UTC))
    else:
        return None
    microseconds = (value - EPOCH) // MICROSECOND
    return microseconds, microseconds + bool(getattr(value, "nanosecond", 0))  # of pandas' Timestamp


def datetime_of(text: str) -> datetime:
    """ISO 8601; without a time zone, UTC. ValueError."""
    if re.search(r"\.\d{7}", text):
        raise ValueError(f"{text!r} is finer than a microsecond")
    value = datetime.fromisoformat(text)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value


def tokens_of(pattern: str, escape: str | None) -> list[int]:
    """The tokens of a LIKE pattern: bytes, ANY_CHARACTER for _ and ANY_STRING for %, of texts.pxd."""
    tokens: list[int] = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            character = next(characters, None)
            if character is None:
                raise PredicateError(f"the pattern {pattern!r} ends with its escape character")
        elif character in WILDCARDS:
            tokens.append(WILDCARDS[character])
            continue
        tokens.extend(character.encode())
    return tokens
