"""What a table takes many records as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import index as as_int
from reprlib import repr as shortened
from typing import Any

from ..columns import Columns
from ..columns.types import Type


def as_columns(records: Any, schema: Mapping[str, Type] | None = None) -> Columns:
    """Of Columns, anything with Arrow, or dicts, which have the types of the schema."""
    if isinstance(records, Columns):
        return records
    if hasattr(records, "__arrow_c_stream__") or hasattr(records, "__arrow_c_array__"):
        return Columns.from_arrow(records)
    if isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable):
        raise TypeError(f"expected Columns, something with Arrow, or a list of dicts, found {shortened(records)}")
    return Columns.from_records(records, schema)


def check_place(what: str, number: Any, least: int) -> None:
    if as_int(number) < least:
        raise ValueError(f"{what} must be at least {least}, found {number}")
