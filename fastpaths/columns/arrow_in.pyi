from collections.abc import Iterator
from typing import Any

from .layout import Field

class ForeignArray:
    length: int
    null_count: int
    offset: int
    n_buffers: int
    children: list[ForeignArray]
    dictionary: ForeignArray | None
    def has_buffer(self, i: int) -> bool: ...
    def buffer(self, i: int, nbytes: int) -> Any: ...

def open_arrow(producer: Any) -> tuple[Field, Iterator[ForeignArray]]: ...
