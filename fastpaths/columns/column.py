"""A column of any type, and columns of one length under their names: read-only, and never changed once built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .binary import BinaryColumn
from .types import Type


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    """Values of one type, some of them perhaps null.

    values: int64 (also of timestamp and decimal), float64, packed bits as uint8 (bool), int32 numbers of categories (0
        for a null one), or a BinaryColumn (str, bytes).
    validity: packed bits as uint8, a set one for a value that is there; None where no value is null. A BinaryColumn has
        its own.
    categories: of a category column, the str that its numbers stand for.
    """

    type: Type
    length: int
    values: NDArray[Any] | BinaryColumn
    validity: NDArray[np.uint8] | None = None
    categories: BinaryColumn | None = None
