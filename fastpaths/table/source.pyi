from collections.abc import Mapping
from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from fastpaths.columns.column import Column
from fastpaths.columns.types import Type

class Index(Protocol):
    def count(self, values: list[Any], /) -> int: ...
    def rows(self, values: list[Any], /) -> NDArray[np.int64]: ...

class Source:
    schema: dict[str, Type]

@final
class ColumnsSource(Source):
    def __init__(self, columns: Mapping[str, Column], indexes: Mapping[str, Index] | None = None) -> None: ...
