"""Predicates to filters: columns become numbers, constants and parameters what compiled code compares with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from ..columns.errors import no_column
from ..columns.types import Type
from .constants import places_of, text_of, tokens_of
from .filters import Filter
from .predicates import (
    And,
    Column,
    Comparison,
    Constant,
    In,
    IsNull,
    Like,
    Or,
    Parameter,
    Predicate,
    PredicateError,
    Value,
)

Columns: TypeAlias = Mapping[str, tuple[int, Type]]  # the number of each, and its type

TEXTS: Final = ("str", "category", "bytes")
EXACT: Final = ("int64", "decimal")
OUTCOMES: Final = {"<": 1, "=": 2, "<=": 1 | 2, ">": 4, ">=": 2 | 4}  # LESS, EQUAL, GREATER of nodes.pxd
MIXED: Final = ({"str", "category"}, {"int64", "float64"})  # that compare with each other, besides those
LISTS: Final = (list, tuple, set, frozenset)
BEYOND: Final = 2**63  # every int64

# Roughly what a test costs a row, in tenths of a nanosecond. Of a category column it is made once a category.
COSTS: Final = {"bool": 0.1, "category": 0.5, "float64": 2, "str": 8, "bytes": 8}
COST: Final = 1  # of other types
ROW_BY_ROW: Final = 40  # more, where it looks at one row after the other


def column_of(columns: Columns, name: str) -> tuple[int, Type]:
    if name not in columns:
        raise PredicateError(no_column(name, columns))
    return columns[name]


def cost_of(columns: Columns, predicate: Predicate) -> float:
    match predicate:
        case And(parts) | Or(parts):
            return sum(cost_of(columns, part) for part in parts)
        case Constant():
            return 0
        case IsNull():
            return COSTS["bool"]
        case Comparison(operand=Column()):
            return ROW_BY_ROW
    _, type = column_of(columns, predicate.column.name)
    cost = COSTS.get(type.kind, COST)
    if type.kind == "category" or (isinstance(predicate, Comparison) and (predicate.operator == "=" or cost < 8)):
        return cost
    return cost + ROW_BY_ROW


def filter_of(columns: Columns, predicate: Predicate, params: Mapping[str, Any]) -> Filter:
    """TypeError where a value is not of the column's type."""
    return MAKERS[type(predicate)](columns, predicate, params)


def _value(operand: Value, params: Mapping[str, Any]) -> Any:
    return params[operand.name] if isinstance(operand, Parameter) else operand.value


def _comparison(columns: Columns, predicate: Comparison, params: Mapping[str, Any]) -> Filter:
    name, operator, negated = predicate.column.name, predicate.operator, predicate.negated
    if isinstance(predicate.operand, Column):
        return _column_comparison(columns, name, operator, predicate.operand.name, negated)
    number, type = column_of(columns, name)
    value = _value(predicate.operand, params)
    if value is None:
        return Filter.constant(False)
    if type.kind in TEXTS:
        return Filter.compared_text(number, OUTCOMES[operator], text_of(name, type, value), negated)
    at_most, at_least = places_of(name, type, value)
    low = at_least if operator in ("=", ">=") else at_most + 1 if operator == ">" else -BEYOND
    high = at_most if operator in ("=", "<=") else at_least - 1 if operator == "<" else BEYOND
    return Filter.in_range(number, low, high, negated)


def _column_comparison(columns: Columns, name: str, operator: str, other: str, negated: bool) -> Filter:
    (left, left_type), (right, right_type) = column_of(columns, name), column_of(columns, other)
    kinds = {left_type.kind, right_type.kind}
    factors, one_order = (1, 1), len(kinds) == 1 and not kinds & set(TEXTS)
    if kinds <= set(EXACT):
        scale = max(left_type.scale, right_type.scale)
        factors = 10 ** (scale - left_type.scale), 10 ** (scale - right_type.scale)
        one_order = factors == (1, 1)
    elif len(kinds) > 1 and kinds not in MIXED:
        found = f"column {other!r} of type {right_type}"
        raise TypeError(f"column {name!r} of type {left_type} does not compare with {found}")
    return Filter.columns(left, OUTCOMES[operator], right, negated, one_order, factors)


def _membership(columns: Columns, predicate: In, params: Mapping[str, Any]) -> Filter:
    name, negated = predicate.column.name, predicate.negated
    number, type = column_of(columns, name)
    items = [_value(item, params) for item in predicate.items]
    values = [value for item in items for value in (item if isinstance(item, LISTS) else (item,))]
    known = [value for value in values if value is not None]
    if not values:
        return Filter.constant(negated)  # not even a null is in an empty list
    if negated and len(known) < len(values):
        return Filter.constant(False)  # a null in it could be anything
    if type.kind in TEXTS:
        return Filter.in_texts(number, list({text_of(name, type, value) for value in known}), negated)
    places = {places_of(name, type, value) for value in known}
    return Filter.in_numbers(number, [low for low, high in places if low == high and -BEYOND <= low < BEYOND], negated)


def _likeness(columns: Columns, predicate: Like, params: Mapping[str, Any]) -> Filter:
    name = predicate.column.name
    number, type = column_of(columns, name)
    if type.kind not in ("str", "category"):
        raise TypeError(f"column {name!r} of type {type} has no LIKE, which is for str and category columns")
    pattern = _value(predicate.pattern, params)
    if pattern is None:
        return Filter.constant(False)
    text_of(name, type, pattern)  # or TypeError
    return Filter.like(number, tokens_of(pattern, predicate.escape), predicate.negated)


def _all(columns: Columns, predicate: And, params: Mapping[str, Any]) -> Filter:
    return Filter.all_of(filter_of(columns, part, params) for part in predicate.parts)


def _any(columns: Columns, predicate: Or, params: Mapping[str, Any]) -> Filter:
    return Filter.any_of(filter_of(columns, part, params) for part in predicate.parts)


def _constant(columns: Columns, predicate: Constant, params: Mapping[str, Any]) -> Filter:
    return Filter.constant(predicate.value is True)


def _nullness(columns: Columns, predicate: IsNull, params: Mapping[str, Any]) -> Filter:
    return Filter.present(column_of(columns, predicate.column.name)[0], not predicate.negated)


MAKERS: Final[Mapping[type[Any], Callable[[Columns, Any, Mapping[str, Any]], Filter]]] = {
    And: _all,
    Or: _any,
    Constant: _constant,
    IsNull: _nullness,
    Comparison: _comparison,
    In: _membership,
    Like: _likeness,
}
