"""Several columns of one type, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import frozen, packed, unpacked
from .binary import BinaryColumn
from .column import Column
from .text import encode
from .views import concat_binary


def concat(columns: Sequence[Column]) -> Column:
    """Of one type, at least one. Data buffers of str and bytes are shared."""
    if len(columns) == 1:
        return columns[0]
    type, length = columns[0].type, sum(map(len, columns))
    if isinstance(columns[0].values, BinaryColumn):
        return Column(type, length, concat_binary([column.as_binary() for column in columns]))
    if type.kind == "category":
        columns = with_common_categories(columns)
    if type.kind == "bool":
        values = packed(joined(columns, lambda column: unpacked(np.asarray(column.values), column.length)))
    else:
        values = frozen(joined(columns, lambda column: column.values))
    nulls = any(column.validity is not None for column in columns)
    validity = packed(joined(columns, Column.is_valid)) if nulls else None
    return Column(type, length, values, validity, columns[0].categories)


def joined(columns: Sequence[Column], part: Callable[[Column], Any]) -> NDArray[Any]:
    return np.concatenate([part(column) for column in columns])


def with_common_categories(columns: Sequence[Column]) -> list[Column]:
    each = [column.categories or BinaryColumn.from_values([]) for column in columns]
    numbers, _, categories = encode(concat_binary(each))
    ends = np.cumsum([len(some) for some in each])
    return [
        Column(
            column.type, len(column), renumbered(column, numbers[end - len(some) : end]), column.validity, categories
        )
        for column, some, end in zip(columns, each, ends, strict=True)
    ]


def renumbered(column: Column, numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """numbers: the new one of each old one. That of a null stays 0, even where there are no categories."""
    rows = np.where(column.is_valid(), np.asarray(column.values), len(numbers))
    return np.append(numbers, np.int32(0))[rows]
