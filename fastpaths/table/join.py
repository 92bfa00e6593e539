"""Stream records with the columns of the table row that their key finds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..columns import Columns
from ..columns.errors import no_column
from .batches import as_columns

if TYPE_CHECKING:
    from .table import Table


def join_columns(table: Table, stream: Any, on: str, names: list[str], inner: bool) -> Columns:
    stream = as_columns(stream)
    fields = stream._columns
    if on not in fields:
        raise ValueError(no_column(on, fields))
    refuse_clash(fields, names)
    rows, taken = table._find_and_take(fields[on], names, inner)
    if len(taken) < len(stream):
        stream = stream.take(np.flatnonzero(rows >= 0))
    return Columns._of(stream._columns | taken._columns, len(taken))


def refuse_clash(stream: Iterable[str], names: Iterable[str]) -> None:
    for name in names:
        if name in stream:
            raise ValueError(f"both the stream and the table have a column {name!r}; choose others with columns=")
