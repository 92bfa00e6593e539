"""What a predicate may be, and what is said of everything else."""

import subprocess
import sys

import pytest

from fastpaths.columns.types import Type
from fastpaths.errors import FastpathsError
from fastpaths.table.plan import Plan
from fastpaths.table.predicates import PredicateError, UnsupportedPredicate

SCHEMA = {
    name: Type.parse(type)
    for name, type in {"a": "int64", "b": "int64", "s": "str", "yes": "bool", "my col": "int64"}.items()
}


def steps(text):
    """The plan's steps, as they are shown."""
    from fastpaths.columns.column import Column
    from fastpaths.table.source import ColumnsSource

    source = ColumnsSource({name: Column.from_values(type, []) for name, type in SCHEMA.items()})
    lines = Plan(text, SCHEMA).explain(source).splitlines()
    return [line.partition(": ")[2].removesuffix("  (rows=0)") for line in lines[1:]]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a = 1", ["a = 1"]),
        ("1 < a", ["a > 1"]),
        ("a != - 1.50", ["a <> -1.50"]),
        ("NOT a = 1", ["a <> 1"]),
        ("NOT a < 1", ["NOT a < 1"]),
        ("a = b", ["a = b"]),
        ('"my col" > :p', ['"my col" > :p']),
        ("a BETWEEN 1 AND 2", ["a >= 1", "a <= 2"]),
        ("a NOT BETWEEN 1 AND 2", ["NOT a >= 1 OR NOT a <= 2"]),
        ("NOT (a = 1 OR NOT (b = 2 AND s = 'x'))", ["a <> 1", "b = 2", "s = 'x'"]),
        ("NOT (a = 1 AND b = 2)", ["a <> 1 OR b <> 2"]),
        ("(a = 1 OR b = 2) AND (a = 3 AND b = 4)", ["a = 3", "b = 4", "a = 1 OR b = 2"]),
        ("a = 1 OR b = 2 AND yes", ["a = 1 OR b = 2 AND yes = TRUE"]),
        ("a IN (1, -2, :p) -- a comment", ["a IN (1, -2, :p)"]),
        ("NOT a NOT IN (1)", ["a IN (1)"]),
        ("a IS NOT NULL AND NOT s IS NULL", ["a IS NOT NULL", "s IS NOT NULL"]),
        ("s NOT LIKE 'it''s%' ESCAPE '!'", ["s NOT LIKE 'it''s%' ESCAPE '!'"]),
        ("yes AND NOT yes", ["yes = TRUE", "yes <> TRUE"]),
        ("NOT TRUE OR NULL OR a = NULL", ["FALSE OR NULL OR a = NULL"]),
        ("s > 'x' AND a = b AND s = 'x' AND a > 1 AND yes", ["yes = TRUE", "a > 1", "s = 'x'", "a = b", "s > 'x'"]),
    ],
)
def test_supported(text, shown):
    assert steps(text) == shown


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("lower(s) = 'x'", r"LOWER\(s\)"),
        ("a + 1 = 2", r"a \+ 1 = 2 is not .*one side has to be a column"),
        ("1 = 1", "1 = 1 is not"),
        ("a = b + 1", r"b \+ 1"),
        ("a < b < 3", "a < b"),
        ("a IN (SELECT 1)", r"a IN \(SELECT 1\)"),
        ("EXISTS (SELECT 1)", "EXISTS"),
        ("a IN (b)", "b is not"),
        ("a BETWEEN SYMMETRIC 2 AND 1", "BETWEEN SYMMETRIC"),
        ("yes IS TRUE", "yes IS TRUE"),
        ("a IS DISTINCT FROM 1", "a IS DISTINCT FROM 1"),
        ("s ILIKE 'x'", "s ILIKE 'x'"),
        ("s LIKE 'x' ESCAPE 'ab'", "one character"),
        ("s LIKE ANY ('x')", r"ANY\('x'\)"),
        ("s LIKE s", "s is not"),
        ("s = 'x' COLLATE nocase", "COLLATE"),
        ("t.a = 1", "t.a is not"),
        ("a = ?", "a parameter is written :name"),
        ("a = @p", "a parameter is written :name"),
        ("a::text = 'x'", "CAST"),
        ("a = CAST('1' AS INT)", "CAST"),
        ("CASE WHEN yes THEN a ELSE b END = 1", "CASE"),
        (":p", ":p is not"),
        ("a = 1e", "1e is not"),
        ("(" * 5000 + "yes" + ")" * 5000, "nesting that deep"),
    ],
)
def test_unsupported(text, part):
    with pytest.raises(UnsupportedPredicate, match=part) as caught:
        Plan(text, SCHEMA)
    assert "DuckDB or polars runs any SQL" in str(caught.value)
    assert isinstance(caught.value, (FastpathsError, ValueError))


@pytest.mark.parametrize("text", ["", "a =", "a = 1; DROP TABLE t", "a = 1 b", "(a = 1", "a = 'x", "SELECT 1"])
def test_no_predicate(text):
    with pytest.raises(PredicateError, match="is not a predicate"):
        Plan(text, SCHEMA)


def test_a_text_is_a_str():
    with pytest.raises(TypeError, match="a predicate is a str, found bytes"):
        Plan(b"a = 1", SCHEMA)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mycol = 1", "there is no column 'mycol'; the nearest: 'my col'"),
        ("a = 1 AND A = 2", "there is no column 'A'; the columns are a, b, s, yes, my col"),
        ("a = 1 OR s = active", "there is no column 'active'"),
        ("zzz IS NULL", "there is no column 'zzz'"),
    ],
)
def test_unknown_columns(text, message):
    with pytest.raises(PredicateError, match=message):
        Plan(text, SCHEMA)


def test_sqlglot_is_loaded_with_the_first_text():
    code = "import sys, fastpaths.table.plan, fastpaths.table.aggregates; print('sqlglot' in sys.modules)"
    run = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
