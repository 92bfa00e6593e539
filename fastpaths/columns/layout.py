"""Arrow arrays as Python sees them: what arrow_out makes C structs of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """An array's type, in Arrow's format string, and its name."""

    format: str
    name: str = ""
    nullable: bool = True
    children: Sequence[Field] = ()
    dictionary: Field | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Array:
    """An array's memory. buffers: what has Python's buffer protocol, in the order of the format's layout; None for a
    validity where nothing is null."""

    length: int
    buffers: Sequence[Any]
    null_count: int = 0
    offset: int = 0
    children: Sequence[Array] = ()
    dictionary: Array | None = None
