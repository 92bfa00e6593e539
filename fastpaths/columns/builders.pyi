from typing import Any

from .column import Column
from .types import Type

def build_column(type: Type, values: list[Any], name: str | None) -> Column: ...
def build_columns(schema: dict[str, Type], records: list[dict[str, Any]]) -> dict[str, Column]: ...
