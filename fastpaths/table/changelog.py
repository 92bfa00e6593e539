"""A changelog in a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..columns import BinaryColumn, Columns
from ..columns.convert import as_column
from .batches import as_columns
from .key_index import KeyIndex

if TYPE_CHECKING:
    from .table import Table


def apply_changes(table: Table, keys: Any, values: Any, decode: Callable[[BinaryColumn], Any]) -> None:
    """Everything is read, decoded and put before anything is deleted."""
    changed = as_column(keys, table.schema[table.key], table.key)
    column = as_column(values, None, "values")
    if len(changed) != len(column):
        raise ValueError(f"expected as many values as keys, found {len(changed)} keys and {len(column)} values")
    distinct = KeyIndex(changed.type.kind)  # type: ignore[arg-type]  # the table has keys of that kind
    numbers = distinct.insert_many(changed)
    last = np.empty(len(distinct), np.int64)
    last[numbers] = np.arange(len(numbers))  # of several for one key the last stays
    is_valid = column.is_valid()[last]
    put, deleted = np.sort(last[is_valid]), last[~is_valid]
    if len(put):
        records = as_columns(decode(column.as_binary().take(put)), table.schema)
        if len(records) != len(put):
            raise ValueError(f"decode gave {len(records)} rows for {len(put)} values")
        table.upsert_many(Columns({**dict(records), table.key: changed.take(put)}))
    table.delete_many(changed.take(deleted))
