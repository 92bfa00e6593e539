"""JSON values as columns. The parser is msgspec's.

It was the fastest of those that parse each value for itself, so that none can pass for two or for a part of another,
and the only one to make exact decimals. CPU time a value, to columns, of 106 bytes and six fields · of 340 bytes with
six of nine fields wanted (Python 3.11; msgspec 0.22, DuckDB 2.0, polars 2.1, orjson 3.13, pyarrow 26):

    this                        1.0 (460 ns) · 1.0 (630 ns)
    DuckDB from_json_strict     0.9 · 1.1
    polars str.json_decode      1.4 · 2.7
    orjson, then from_records   2.9 · 4.8
    joined to lines: polars read_ndjson 1.2, pyarrow.json 1.5 · 2.0
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec

from .binary import BinaryColumn
from .builders import build_decoded
from .column import Column
from .errors import InvalidJson
from .types import Type

FIELDS: Final[Mapping[str, Any]] = {
    "int64": int,
    "float64": float,
    "bool": bool,
    "str": str,
    "bytes": bytes,
    "category": str,
    "timestamp": Annotated[datetime, msgspec.Meta(tz=True)],
    "decimal": Decimal,
}


def read_json(values: BinaryColumn, schema: Mapping[str, Type]) -> dict[str, Column]:
    def refuse(row: int, error: Exception) -> None:
        """msgspec says where in the value: `Expected `int | null`, got `str` - at `$.amount``."""
        if isinstance(error, (ValueError, RecursionError)):
            problem, _, path = str(error).partition(" - at `$.")
            raise InvalidJson(row, problem.replace(" | null", ""), path.rstrip("`") or None) from None

    return build_decoded(dict(schema), values, decoder(tuple(schema.items())).decode, refuse)


@lru_cache(maxsize=64)
def decoder(schema: tuple[tuple[str, Type], ...]) -> msgspec.json.Decoder[Any]:
    """Of a struct with field0, field1, … for the names of the schema, which need be no identifiers."""
    names = {f"field{i}": name for i, (name, _) in enumerate(schema)}
    fields = [(field, FIELDS[type.kind] | None, None) for field, (_, type) in zip(names, schema, strict=True)]
    return msgspec.json.Decoder(msgspec.defstruct("Value", fields, rename=names, gc=False))
