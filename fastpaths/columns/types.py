"""The types of a column, as a schema spells them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

KINDS: Final = ("int64", "float64", "bool", "str", "bytes", "category", "timestamp", "decimal")
MAX_SCALE: Final = 18  # the digits that every int64 of that many has


@dataclass(frozen=True, slots=True)
class Type:
    """A column's type: one of KINDS, and of a decimal the number of digits behind the point.

    int64, float64, bool · str, bytes · category: a str of few distinct ones, stored as its number in their list ·
    timestamp: int64 microseconds since 1970 in UTC · decimal(scale): int64 units of 10**-scale, exact.
    """

    kind: str
    scale: int = 0

    @classmethod
    def parse(cls, text: str | Type) -> Type:
        """`int64`, …, `decimal(2)`."""
        if isinstance(text, Type):
            return text
        match = re.fullmatch(r"(\w+)(?:\(\s*(\d+)\s*\))?", text.strip()) if isinstance(text, str) else None
        kind, scale = match.groups() if match else (None, None)
        if kind not in KINDS or (kind == "decimal") != (scale is not None):
            names = ", ".join("decimal(SCALE)" if kind == "decimal" else kind for kind in KINDS)
            raise ValueError(f"a column's type is one of {names}; found {text!r}")
        if scale is not None and int(scale) > MAX_SCALE:
            raise ValueError(f"a decimal column has at most {MAX_SCALE} digits behind the point, found {text!r}")
        return cls(kind, int(scale or 0))

    def __str__(self) -> str:
        return f"decimal({self.scale})" if self.kind == "decimal" else self.kind


def parse_schema(schema: Mapping[str, str | Type]) -> dict[str, Type]:
    """Column names to their types; the error of a wrong one names its column."""
    parsed = {}
    for name, text in schema.items():
        if not isinstance(name, str):
            raise TypeError(f"a column's name is a str, found {name!r}")
        try:
            parsed[name] = Type.parse(text)
        except ValueError as error:
            raise ValueError(f"column {name!r}: {error}") from None
    return parsed
