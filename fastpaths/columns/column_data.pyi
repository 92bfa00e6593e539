from typing import Any

import numpy as np
from numpy.typing import NDArray

from .binary import BinaryColumn
from .types import Type

class ColumnData:
    def __init__(
        self,
        type: Type,
        length: int,
        values: NDArray[Any] | BinaryColumn,
        validity: NDArray[np.uint8] | None = None,
        categories: BinaryColumn | None = None,
    ) -> None: ...
    @property
    def type(self) -> Type: ...
    @property
    def length(self) -> int: ...
    @property
    def values(self) -> NDArray[Any] | BinaryColumn: ...
    @property
    def validity(self) -> NDArray[np.uint8] | None: ...
    @property
    def categories(self) -> BinaryColumn | None: ...
