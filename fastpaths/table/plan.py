"""A plan: a predicate that is parsed and checked once, to run on any source of its schema, as often as wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns.types import Type
from .binding import column_of, cost_of, filter_of
from .filters import Filter
from .predicates import And, Column, Parameter, Params, Predicate, PredicateError, operands
from .scan import examine, select
from .source import Source


@dataclass(frozen=True, slots=True)
class Conjunct:
    """One of the predicates that all have to be true."""

    predicate: Predicate
    parameters: frozenset[str]
    filter: Filter | None  # made once, if it has no parameters


class Plan:
    """What selects rows where a predicate is true.

    text: comparisons (= <> < <= > >=) of a column with a literal, a parameter `:name` or another column; IN (…),
        BETWEEN, LIKE with % and _ and ESCAPE, IS NULL, a bool column; AND, OR, NOT, TRUE, FALSE. The case of column
        names counts; "quoted" ones may be anything.
    schema: names of columns to their types.

    SQL's three-valued logic holds for nulls. Numbers are compared exactly with what the column holds: a decimal(2) never
    equals 12.345, nor an int64 2**70; only with a float64 column it is their nearest float that counts. NaN equals NaN
    and is greater than any other number, as in PostgreSQL, DuckDB and polars. A str is ordered by its code points.

    Parameters are values, never SQL. A None compares as NULL. A float counts as the decimal number that it prints as, an
    aware datetime or a date (its midnight) as a timestamp, and so does a str, in ISO 8601, in UTC unless it says
    otherwise; a naive datetime is refused. A parameter in an IN may be a list, tuple or set. bytes are parameters only.

    UnsupportedPredicate for other SQL; PredicateError for what is none, an unknown column, parameters that are missing or
    not wanted; TypeError for a value that does not compare with its column.
    """

    def __init__(self, text: str, schema: Mapping[str, Type]) -> None:
        from .parser import parse  # and with it sqlglot, which takes 0.1 s to load

        predicate = parse(text)
        self.text = text
        self.schema = schema
        self._columns = {name: (number, type) for number, (name, type) in enumerate(schema.items())}
        parts = predicate.parts if isinstance(predicate, And) else (predicate,)
        for operand in operands(predicate):
            if isinstance(operand, Column):
                column_of(self._columns, operand.name)
        self._conjuncts = [
            self._conjunct(part) for part in sorted(parts, key=lambda part: cost_of(self._columns, part))
        ]
        self.parameters = frozenset().union(*(conjunct.parameters for conjunct in self._conjuncts))

    def _conjunct(self, predicate: Predicate) -> Conjunct:
        names = frozenset(operand.name for operand in operands(predicate) if isinstance(operand, Parameter))
        unknown = dict.fromkeys(names)  # checks all that is known
        made = filter_of(self._columns, predicate, unknown)
        return Conjunct(predicate, names, None if names else made)

    def rows(self, source: Source, params: Params = None) -> NDArray[np.int64]:
        """The rows where the predicate is true: int64[n], ascending."""
        return select(source, self.filters(source, params))

    def filters(self, source: Source, params: Params) -> list[Filter]:
        """One for each conjunct, the cheapest first."""
        if source.schema is not self.schema and source.schema != self.schema:
            raise ValueError(f"the plan is for columns {_show(self.schema)}, found {_show(source.schema)}")
        values: Mapping[str, Any] = {} if params is None else params
        if not isinstance(values, (dict, Mapping)):
            raise TypeError(f"the parameters are a mapping of names to values, found {type(values).__name__}")
        if values.keys() != self.parameters:
            self._refuse(values)
        return [
            filter_of(self._columns, conjunct.predicate, values) if conjunct.filter is None else conjunct.filter
            for conjunct in self._conjuncts
        ]

    def _refuse(self, params: Mapping[str, Any]) -> None:
        for problem, names in (
            ("lacks the parameters", self.parameters - params.keys()),
            ("has no parameters", params.keys() - self.parameters),
        ):
            if names:
                raise PredicateError(f"{self.text!r} {problem} {', '.join(f':{name}' for name in sorted(map(str, names)))}")

    def explain(self, source: Source, params: Params = None) -> str:
        """How the source is read, and how many rows are left after each step, in the manner of EXPLAIN ANALYZE. Without
        the parameters, where there are some: only the steps, of which an index may take the place of the first.
        """
        if params is None and self.parameters:
            return "\n".join(["Scan", *(f"  Filter: {conjunct.predicate.show()}" for conjunct in self._conjuncts)])
        length, estimates, left, indexed = examine(source, self.filters(source, params))
        lines = [f"Index Scan of {length} rows" if indexed else f"Scan of {length} rows"]
        for number, rows in left.items():
            step = "Index Cond" if indexed and len(lines) == 1 else "Filter"
            estimate = f"rows by index={estimates[number]}, " if number in estimates else ""
            lines.append(f"  {step}: {self._conjuncts[number].predicate.show(params)}  ({estimate}rows={rows})")
        return "\n".join(lines)


def _show(schema: Mapping[str, Type]) -> str:
    return ", ".join(f"{name} {type}" for name, type in schema.items())
