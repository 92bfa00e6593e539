"""Predicates as trees of a few kinds of nodes, and their errors.

Only tests can be negated: `negated` ones are true where they would be false without it, and unknown where they would be
unknown. What NOT stands before is moved inwards until then, by De Morgan's laws, which hold in SQL's logic too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from reprlib import Repr
from typing import Any, TypeAlias

from ..errors import FastpathsError

Params: TypeAlias = Mapping[str, Any] | None

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60


class PredicateError(FastpathsError, ValueError):
    """A predicate that cannot be read, or that does not fit the columns or the parameters."""


class UnsupportedPredicate(PredicateError):
    """SQL beyond what a predicate may be."""

    def __init__(self, part: str, text: str, hint: str = "") -> None:
        super().__init__(
            f"{part} is not supported in the predicate {text!r}{hint and f' ({hint})'}. A predicate compares columns "
            "with literals, :parameters and columns (= <> < <= > >=, IN, BETWEEN, LIKE, IS NULL), joined by AND, OR "
            "and NOT; the table is an Arrow stream: DuckDB or polars runs any SQL on it"
        )


@dataclass(frozen=True, slots=True)
class Column:
    name: str

    def show(self, params: Params = None) -> str:
        return self.name if self.name.isidentifier() else '"' + self.name.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str

    def show(self, params: Params = None) -> str:
        return f":{self.name}" if params is None else _show_value(params[self.name])


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any  # Decimal, str, bool, aware datetime, or None

    def show(self, params: Params = None) -> str:
        return _show_value(self.value)


Value: TypeAlias = Parameter | Literal
Operand: TypeAlias = Column | Value


@dataclass(frozen=True, slots=True)
class Constant:
    """TRUE, FALSE, or unknown: None."""

    value: bool | None

    def show(self, params: Params = None) -> str:
        return _show_value(self.value)


@dataclass(frozen=True, slots=True)
class IsNull:
    column: Column
    negated: bool

    def show(self, params: Params = None) -> str:
        return f"{self.column.show()} IS {'NOT ' if self.negated else ''}NULL"


@dataclass(frozen=True, slots=True)
class Comparison:
    column: Column
    operator: str  # = < <= > >=
    operand: Operand
    negated: bool

    def show(self, params: Params = None) -> str:
        test = f"{self.column.show()} {self.operator} {self.operand.show(params)}"
        if not self.negated:
            return test
        return f"{self.column.show()} <> {self.operand.show(params)}" if self.operator == "=" else f"NOT {test}"


@dataclass(frozen=True, slots=True)
class In:
    column: Column
    items: tuple[Value, ...]  # a parameter may be a list
    negated: bool

    def show(self, params: Params = None) -> str:
        items = ", ".join(item.show(params) for item in self.items)
        return f"{self.column.show()} {'NOT ' if self.negated else ''}IN ({items})"


@dataclass(frozen=True, slots=True)
class Like:
    column: Column
    pattern: Value
    escape: str | None
    negated: bool

    def show(self, params: Params = None) -> str:
        escape = "" if self.escape is None else f" ESCAPE {_show_value(self.escape)}"
        return f"{self.column.show()} {'NOT ' if self.negated else ''}LIKE {self.pattern.show(params)}{escape}"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Predicate, ...]

    def show(self, params: Params = None) -> str:
        shown = [f"({part.show(params)})" if isinstance(part, Or) else part.show(params) for part in self.parts]
        return " AND ".join(shown)


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Predicate, ...]

    def show(self, params: Params = None) -> str:
        return " OR ".join(part.show(params) for part in self.parts)


Predicate: TypeAlias = Constant | IsNull | Comparison | In | Like | And | Or


def operands(predicate: Predicate) -> Iterator[Operand]:
    """Every column, parameter and literal in it."""
    match predicate:
        case And(parts) | Or(parts):
            for part in parts:
                yield from operands(part)
        case Comparison(column, _, operand):
            yield from (column, operand)
        case In(column, items):
            yield from (column, *items)
        case Like(column, pattern):
            yield from (column, pattern)
        case IsNull(column):
            yield column


def _show_value(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'" if len(value) <= 60 else _SHORT.repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value}'"
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(_show_value, value))
    return str(value) if isinstance(value, (int, Decimal)) else _SHORT.repr(value)
