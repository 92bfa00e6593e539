"""The text of a predicate to its tree. sqlglot parses it, and is loaded with this module: at the first text."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import sqlglot
from sqlglot import exp

from .constants import datetime_of
from .predicates import (
    And,
    Column,
    Comparison,
    Constant,
    In,
    IsNull,
    Like,
    Literal,
    Operand,
    Or,
    Parameter,
    Predicate,
    PredicateError,
    UnsupportedPredicate,
    Value,
)

# The operator, whether that is negated, and the operator with the sides exchanged.
OPERATORS: Final[dict[type[exp.Expr], tuple[str, bool, str]]] = {
    exp.EQ: ("=", False, "="),
    exp.NEQ: ("=", True, "="),
    exp.LT: ("<", False, ">"),
    exp.LTE: ("<=", False, ">="),
    exp.GT: (">", False, "<"),
    exp.GTE: (">=", False, "<="),
}


def parse(text: str) -> Predicate:
    """UnsupportedPredicate if it is more than a predicate may be, PredicateError if it is no SQL at all."""
    if not isinstance(text, str):
        raise TypeError(f"a predicate is a str, found {type(text).__name__}")
    try:
        return _Parse(text).predicate(sqlglot.parse_one(text, into=exp.Condition), False)
    except sqlglot.errors.SqlglotError as error:
        raise PredicateError(f"{text!r} is not a predicate: {_reason(error)}") from None
    except RecursionError:
        raise UnsupportedPredicate("nesting that deep", text) from None


def _joined(kind: type[And] | type[Or], parts: list[Predicate]) -> Predicate:
    """Those of the same kind among the parts are taken apart."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))]
    return kind(tuple(flat))


def _reason(error: sqlglot.errors.SqlglotError) -> str:
    for detail in getattr(error, "errors", ()):
        return f"{detail['description']}, at {detail['highlight']!r}, column {detail['col']}"
    return str(error.__cause__ or error)


class _Parse:
    """Of one text. Whatever sqlglot found in a part that is not looked at here makes it unsupported."""

    def __init__(self, text: str) -> None:
        self.text = text

    def unsupported(self, node: exp.Expr, hint: str = "") -> UnsupportedPredicate:
        return UnsupportedPredicate(node.sql(), self.text, hint)

    def arguments(self, node: exp.Expr, *names: str) -> list[Any]:
        if any(value for name, value in node.args.items() if name not in names):
            raise self.unsupported(node)
        return [node.args.get(name) for name in names]

    def predicate(self, node: exp.Expr, negated: bool) -> Predicate:
        match node:
            case exp.Paren() | exp.Not():
                (inner,) = self.arguments(node, "this")
                return self.predicate(inner, negated != isinstance(node, exp.Not))
            case exp.And() | exp.Or():
                parts = [self.predicate(part, negated) for part in node.flatten()]
                return _joined(And if isinstance(node, exp.And) != negated else Or, parts)
            case exp.Boolean():
                return Constant(node.this != negated)
            case exp.Null():
                return Constant(None)
            case exp.Column():
                return Comparison(self.column(node), "=", Literal(True), negated)
            case exp.Between():
                tested, low, high = self.arguments(node, "this", "low", "high")
                column = self.column(tested)
                limits = ((">=", low), ("<=", high))
                parts = [Comparison(column, name, self.operand(limit), negated) for name, limit in limits]
                return _joined(Or if negated else And, parts)
            case exp.In():
                return self.membership(node, negated)
            case exp.Is():
                tested, null = self.arguments(node, "this", "expression")
                if not isinstance(null, exp.Null):
                    raise self.unsupported(node)
                return IsNull(self.column(tested), negated)
            case exp.Like() | exp.Escape():
                return self.like(node, negated)
        if type(node) in OPERATORS:
            return self.comparison(node, negated)
        raise self.unsupported(node)

    def comparison(self, node: exp.Expr, negated: bool) -> Comparison:
        left, right = self.arguments(node, "this", "expression")
        name, opposite, exchanged = OPERATORS[type(node)]
        if not isinstance(left, exp.Column):
            left, right, name = right, left, exchanged
        if not isinstance(left, exp.Column):
            raise self.unsupported(node, "one side has to be a column")
        return Comparison(self.column(left), name, self.operand(right), negated != opposite)

    def membership(self, node: exp.In, negated: bool) -> In:
        tested, items, field = self.arguments(node, "this", "expressions", "field")
        items = tuple(self.value(item) for item in [*(items or ()), *([field] if field else ())])
        return In(self.column(tested), items, negated)

    def like(self, node: exp.Expr, negated: bool) -> Like:
        escape = None
        if isinstance(node, exp.Escape):
            node, character = self.arguments(node, "this", "expression")
            escape = character.this if isinstance(character, exp.Literal) and character.is_string else ""
            if len(escape) != 1:
                raise self.unsupported(character, "ESCAPE takes one character")
        if not isinstance(node, exp.Like):
            raise self.unsupported(node)
        tested, pattern, opposite = self.arguments(node, "this", "expression", "negate")
        return Like(self.column(tested), self.value(pattern), escape, negated != bool(opposite))

    def column(self, node: exp.Expr) -> Column:
        if not isinstance(node, exp.Column):
            raise self.unsupported(node, "a column is needed here")
        (name,) = self.arguments(node, "this")
        return Column(name.name)

    def operand(self, node: exp.Expr) -> Operand:
        return self.column(node) if isinstance(node, exp.Column) else self.value(node)

    def value(self, node: exp.Expr) -> Value:
        match node:
            case exp.Placeholder(this=str(name)):
                return Parameter(name)
            case exp.Placeholder() | exp.Parameter():
                raise self.unsupported(node, "a parameter is written :name")
            case exp.Boolean():
                return Literal(bool(node.this))
            case exp.Null():
                return Literal(None)
            case exp.Literal(is_string=True):
                return Literal(str(node.this))
            case exp.Literal():
                return Literal(self.number(node))
            case exp.Neg(this=exp.Literal(is_string=False) as digits):
                return Literal(self.number(digits).copy_negate())
            case exp.Cast(this=exp.Literal(is_string=True) as string):
                _, to = self.arguments(node, "this", "to")
                return Literal(self.date(node, str(string.this), to.sql()))
        raise self.unsupported(node)

    def number(self, node: exp.Expr) -> Decimal:
        try:
            return Decimal(node.this)
        except InvalidOperation:
            raise self.unsupported(node) from None

    def date(self, node: exp.Expr, text: str, type: str) -> datetime:
        try:
            if type == "DATE":
                return datetime.combine(date.fromisoformat(text), time(tzinfo=UTC))
            if type in ("TIMESTAMP", "TIMESTAMPTZ"):
                return datetime_of(text)
        except ValueError as error:
            raise PredicateError(f"{text!r} is no {type}: {error}") from None
        raise self.unsupported(node)
