"""Predicates to filters: columns become numbers, constants and parameters what compiled code compares with."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

from ..columns.types import Type
from .constants import mismatch, places_of, text_of, tokens_of
from .filters import Filter
from .predicates import (
    And,
    Column,
    Comparison,
    Constant,
    In,
    IsNull,
    Like,
    Operand,
    Or,
    Parameter,
    Predicate,
    PredicateError,
)

Columns: TypeAlias = Mapping[str, tuple[int, Type]]  # the number of each, and its type

TEXTS: Final = ("str", "category", "bytes")
EXACT: Final = ("int64", "decimal")
OUTCOMES: Final = {"<": 1, "=": 2, "<=": 1 | 2, ">": 4, ">=": 2 | 4}  # LESS, EQUAL, GREATER of nodes.pxd
BEYOND: Final = 2**63  # every int64

# Roughly what a test costs, in tenths of a nanosecond a row. Of a category column the test is made once a category.
COSTS: Final = {"bool": 0.1, "category": 0.5, "int64": 1, "decimal": 1, "timestamp": 1, "float64": 2, "str": 8, "bytes": 8}
SEARCHING: Final = 40  # and more if it looks at one row after the other


def column_of(columns: Columns, name: str) -> tuple[int, Type]:
    if name not in columns:
        near = get_close_matches(name, columns, n=3) or columns
        raise PredicateError(f"there is no column {name!r}; the nearest: {', '.join(map(repr, near))}")
    return columns[name]


def cost_of(columns: Columns, predicate: Predicate) -> float:
    match predicate:
        case And(parts) | Or(parts):
            return sum(cost_of(columns, part) for part in parts)
        case Constant():
            return 0
        case IsNull():
            return COSTS["bool"]
    kind = columns[predicate.column.name][1].kind
    if isinstance(predicate, Comparison) and isinstance(predicate.operand, Column):
        return SEARCHING
    at_once = kind == "category" or (isinstance(predicate, Comparison) and (kind not in TEXTS or predicate.operator == "="))
    return COSTS[kind] + (0 if at_once else SEARCHING)


def filter_of(columns: Columns, predicate: Predicate, params: Mapping[str, Any]) -> Filter:
    """TypeError where a value is not of the column's type."""
    match predicate:
        case And(parts):
            return Filter.all_of([filter_of(columns, part, params) for part in parts])
        case Or(parts):
            return Filter.any_of([filter_of(columns, part, params) for part in parts])
        case Constant(value):
            return Filter.constant(value is True)
    name = predicate.column.name
    number, type = column_of(columns, name)
    match predicate:
        case Comparison(_, operator, Column(other), negated):
            return _columns_filter(columns, name, operator, other, negated)
        case Comparison(_, operator, operand, negated):
            value = _value(operand, params)
            return Filter.constant(False) if value is None else _comparison(number, name, type, operator, value, negated)
        case In(_, items, negated):
            return _membership(number, name, type, [_value(item, params) for item in items], negated)
        case Like(_, pattern, escape, negated):
            return _likeness(number, name, type, _value(pattern, params), escape, negated)
        case IsNull(_, negated):
            return Filter.present(number, not negated)
    raise AssertionError(predicate)


def _value(operand: Operand, params: Mapping[str, Any]) -> Any:
    return params[operand.name] if isinstance(operand, Parameter) else operand.value


def _comparison(number: int, name: str, type: Type, operator: str, value: Any, negated: bool) -> Filter:
    if type.kind in TEXTS:
        return Filter.compared_text(number, OUTCOMES[operator], text_of(name, type, value), negated)
    at_most, at_least = places_of(name, type, value)
    low = at_least if operator in ("=", ">=") else at_most + 1 if operator == ">" else -BEYOND
    high = at_most if operator in ("=", "<=") else at_least - 1 if operator == "<" else BEYOND
    return Filter.in_range(number, low, high, negated)


def _membership(number: int, name: str, type: Type, items: list[Any], negated: bool) -> Filter:
    values = [value for item in items for value in (item if isinstance(item, (list, tuple, set, frozenset)) else (item,))]
    known = [value for value in values if value is not None]
    if not values or (negated and len(known) < len(values)):  # in none, not even a null; or perhaps in it
        return Filter.constant(negated and not values)
    if type.kind in TEXTS:
        return Filter.in_texts(number, list({text_of(name, type, value) for value in known}), negated)
    places = {places_of(name, type, value) for value in known}
    held = [low for low, high in places if low == high and -BEYOND <= low < BEYOND]
    return Filter.in_numbers(number, held, negated)


def _likeness(number: int, name: str, type: Type, pattern: Any, escape: str | None, negated: bool) -> Filter:
    if type.kind not in ("str", "category"):
        raise TypeError(f"column {name!r} of type {type} has no LIKE: that is for str and category columns")
    if pattern is None:
        return Filter.constant(False)
    text_of(name, type, pattern)
    return Filter.like(number, tokens_of(pattern, escape), negated)


def _columns_filter(columns: Columns, name: str, operator: str, other: str, negated: bool) -> Filter:
    (left, left_type), (right, right_type) = column_of(columns, name), column_of(columns, other)
    kinds = {left_type.kind, right_type.kind}
    factors, one_order = (1, 1), len(kinds) == 1 and not kinds & set(TEXTS)
    if kinds <= set(EXACT):
        scale = max(left_type.scale, right_type.scale)
        factors = 10 ** (scale - left_type.scale), 10 ** (scale - right_type.scale)
        one_order = factors == (1, 1)
    elif len(kinds) > 1 and kinds not in ({"str", "category"}, {"int64", "float64"}):
        raise TypeError(f"column {name!r} of type {left_type} does not compare with column {other!r} of type {right_type}")
    return Filter.columns(left, OUTCOMES[operator], right, negated, one_order, factors)
