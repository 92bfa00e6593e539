"""where: generated predicates against a small evaluator of three-valued logic; columns with nulls, NaN and extremes."""

import itertools
import math
import operator
import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpaths.columns.column import Column
from fastpaths.columns.types import Type
from fastpaths.table.plan import Plan
from fastpaths.table.simd import instruction_sets, use_instruction_set
from fastpaths.table.source import ColumnsSource

DAY = datetime(2024, 1, 1, tzinfo=UTC)
TEXTS = ["", "a", "a\0", "ab", "a%", "b_", "é", "€a", "😀", "abcdefghijkl", "abcdefghijklm", "abcdefghijkln", "b" * 30]
UNITS = [0, 1, -1, 100, 250, -(2**63), 2**63 - 1, 2**53 + 1]
# What columns hold, besides nulls, and parameters are.
VALUES = {
    "int64": UNITS,
    "float64": [0.0, -0.0, math.nan, -math.nan, math.inf, -math.inf, 5e-324, -5e-324, 1.5, 250.0, 2.0**53, 2.0**63],
    "bool": [True, False],
    "str": TEXTS,
    "bytes": [text.encode() for text in TEXTS],
    "category": TEXTS,
    "timestamp": [DAY + timedelta(microseconds=i) for i in (-1, 0, 1, 10**15)] + [datetime(1, 1, 1, tzinfo=UTC)],
    "decimal(2)": [Decimal(units).scaleb(-2) for units in UNITS],
    "decimal(3)": [Decimal(units).scaleb(-3) for units in UNITS],
}
PATTERNS = st.lists(st.sampled_from(["a", "b", "é", "%", "_", "!%", "!_", "!!", "\0", "€"]), max_size=6).map("".join)
COLUMNS = [re.sub(r"\W", "", f"{type}_{letter}") for type in VALUES for letter in "ab"]
SCHEMA = dict(zip(COLUMNS, [type for type in VALUES for _ in "ab"], strict=True))
LENGTHS = st.sampled_from([0, 1, 63, 64, 65, 1023, 1024, 1025]) | st.integers(0, 130)
MIXED = ({"int64", "decimal"}, {"str", "category"}, {"int64", "float64"})
NUMBERS = itertools.count()
COMPARE = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@pytest.fixture(params=instruction_sets(), autouse=True)
def instructions(request):
    before = use_instruction_set(request.param)
    yield
    use_instruction_set(before)


def source_of(values, schema):
    return ColumnsSource({name: Column.from_values(type, values[name]) for name, type in schema.items()})


def rows(text, columns, params=None, **schema):
    """The rows that `text` selects of columns given as (type, values)."""
    schema = {name: type for name, (type, _) in columns.items()}
    source = source_of({name: values for name, (_, values) in columns.items()}, schema)
    return Plan(text, source.schema).rows(source, params).tolist()


# The oracle: a predicate is True, False or None of a row.


def key(value):
    """What Python orders as SQL does: exactly, NaN above all."""
    return (value != value, 0 if value != value else value)


def compared(name, left, right):
    return None if left is None or right is None else COMPARE[name](key(left), key(right))


def negated(value):
    return None if value is None else not value


def all_of(values):
    return False if False in values else None if None in values else True


def comparable(left, right):
    kinds = {SCHEMA[left].partition("(")[0], SCHEMA[right].partition("(")[0]}
    return len(kinds) == 1 or any(kinds == pair for pair in MIXED)


def matches(value, pattern, escape):
    if value is None or pattern is None:
        return None
    regex, characters = "", iter(pattern)
    for character in characters:
        if character == escape:
            regex += re.escape(next(characters))
        else:
            regex += {"%": ".*", "_": "."}.get(character, re.escape(character))
    return re.fullmatch(regex, value, re.DOTALL) is not None


# Predicates: their text, their parameters and what the oracle makes of a row.


@st.composite
def leaves(draw):
    name = draw(st.sampled_from(COLUMNS))
    values = st.sampled_from(VALUES[SCHEMA[name]])
    shape = draw(st.sampled_from(["compare", "compare", "columns", "in", "between", "null", "like", "bare"]))
    params = {}

    def parameter(strategy=values):
        label = f"p{next(NUMBERS)}"
        params[label] = draw(st.none() | strategy if draw(st.booleans()) else strategy)
        return f":{label}", params[label]

    if shape == "columns":
        other = draw(st.sampled_from([other for other in COLUMNS if comparable(name, other)]))
        sign = draw(st.sampled_from(sorted(COMPARE)))
        return f"{name} {sign} {other}", params, lambda row: compared(sign, row[name], row[other])
    if shape == "in":
        items = [parameter() for _ in range(draw(st.sampled_from([1, 2, 3, 20])))]
        text = f"{name} IN ({', '.join(text for text, _ in items)})"
        return text, params, lambda row: negated(all_of([compared("<>", row[name], value) for _, value in items]))
    if shape == "between":
        (low, least), (high, greatest) = parameter(), parameter()
        return (
            f"{name} BETWEEN {low} AND {high}",
            params,
            lambda row: all_of([compared(">=", row[name], least), compared("<=", row[name], greatest)]),
        )
    if shape == "null":
        return f"{name} IS NULL", params, lambda row: row[name] is None
    if shape == "like" and name.startswith(("str", "category")):
        text, pattern = parameter(PATTERNS)
        return f"{name} LIKE {text} ESCAPE '!'", params, lambda row: matches(row[name], pattern, "!")
    if shape == "bare" and name.startswith("bool"):
        return name, params, lambda row: row[name]
    sign = draw(st.sampled_from(sorted(COMPARE)))
    text, value = parameter()
    if draw(st.booleans()):
        return f"{name} {sign} {text}", params, lambda row: compared(sign, row[name], value)
    return f"{text} {sign} {name}", params, lambda row: compared(sign, value, row[name])


def joined(parts):
    def node(word, combine):
        def make(some):
            texts, params, oracles = zip(*some, strict=True)
            merged = {name: value for few in params for name, value in few.items()}
            return f"({f' {word} '.join(texts)})", merged, lambda row: combine([oracle(row) for oracle in oracles])

        return make

    several = st.lists(parts, min_size=2, max_size=3)
    return (
        several.map(node("AND", all_of))
        | several.map(node("OR", lambda values: negated(all_of([negated(value) for value in values]))))
        | parts.map(lambda part: (f"NOT {part[0]}", part[1], lambda row: negated(part[2](row))))
    )


@settings(max_examples=150, deadline=None)
@given(LENGTHS, st.integers(0, 99), st.recursive(leaves(), joined, max_leaves=6))
def test_against_the_oracle(n, seed, predicate):
    text, params, oracle = predicate
    rng = random.Random(seed)
    values = {name: rng.choices([None, *VALUES[type]], k=n) for name, type in SCHEMA.items() if name in text}
    source = source_of(values, {name: SCHEMA[name] for name in values})
    expected = [i for i in range(n) if oracle({name: column[i] for name, column in values.items()})]
    assert Plan(text, source.schema).rows(source, params).tolist() == expected
