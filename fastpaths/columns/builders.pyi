from collections.abc import Callable
from typing import Any

from .binary import BinaryColumn
from .column import Column
from .types import Type

def build_column(type: Type, values: list[Any], name: str | None) -> Column: ...
def build_columns(schema: dict[str, Type], records: list[dict[str, Any]]) -> dict[str, Column]: ...
def build_decoded(
    schema: dict[str, Type],
    values: BinaryColumn,
    decode: Callable[[bytes], Any],
    refuse: Callable[[int, Exception], object],
) -> dict[str, Column]: ...
