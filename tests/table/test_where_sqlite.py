"""where against sqlite3: the same text, with its literals, and the same named parameters."""

import random
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpaths.columns.column import Column
from fastpaths.table.aggregates import aggregate
from fastpaths.table.plan import Plan
from fastpaths.table.source import ColumnsSource

SCHEMA = {"i": "int64", "j": "int64", "x": "float64", "s": "str", "c": "category", "yes": "bool"}
POOLS = {
    "int64": [None, 0, 1, -1, 5, -(2**63), 2**63 - 1],
    "float64": [None, 0.0, 1.5, -2.25, 1e300, 5e-324],
    "str": [None, "", "a", "ab", "A", "a%", "it's", "é", "日本", "a longer one, of 24 bytes"],
    "category": [None, "a", "ab", "é", "it's"],
    "bool": [None, True, False],
}
LITERALS = {
    "int64": ["0", "1", "-1", "2.5", "-0.5", "1e3", "9223372036854775807", "-9223372036854775808", "1e30", "5.0"],
    "float64": ["0", "1.5", "-2.25", "1e300", ".5", "2"],
    "str": ["''", "'a'", "'ab'", "'it''s'", "'é'", "'日本'", "'zzz'", "'a longer one, of 24 bytes'"],
    "bool": ["TRUE", "FALSE"],
}
LITERALS["category"] = LITERALS["str"]
PATTERNS = [
    "'%'",
    "'a%'",
    "'%b'",
    "'_'",
    "'__'",
    "'%t''s'",
    "'a!%' ESCAPE '!'",
    "'%o%o%'",
    "'_é%'",
    "'日_'",
    "''",
    "'%%a'",
]


def fits(name):
    """A literal, a parameter or another column that the column compares with."""
    kind = SCHEMA[name]
    return st.sampled_from([*LITERALS[kind], "NULL", f":{name}", *(other for other in SCHEMA if SCHEMA[other] == kind)])


@st.composite
def leaves(draw):
    name = draw(st.sampled_from(list(SCHEMA)))
    kind, word = SCHEMA[name], draw(st.sampled_from(["", "NOT "]))
    literal = st.sampled_from([*LITERALS[kind], "NULL", f":{name}"])
    texts = [
        f"{name} {draw(st.sampled_from(['=', '<>', '!=', '<', '<=', '>', '>=']))} {draw(fits(name))}",
        f"{draw(literal)} {draw(st.sampled_from(['=', '<', '>=']))} {name}",
        f"{name} {word}IN ({', '.join(draw(st.lists(literal, min_size=1, max_size=3)))})",
        f"{name} {word}BETWEEN {draw(literal)} AND {draw(literal)}",
        f"{name} IS {word}NULL",
    ]
    if kind in ("str", "category"):
        texts.append(f"{name} {word}LIKE {draw(st.sampled_from(PATTERNS))}")
    if kind == "bool":
        texts.append(name)
    return draw(st.sampled_from(texts))


PREDICATES = st.recursive(
    leaves(),
    lambda part: (
        part.map("NOT {}".format)
        | st.tuples(part, st.sampled_from(["AND", "OR"]), part).map(lambda parts: f"({' '.join(parts)})")
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def data():
    rng = random.Random(5)
    values = {name: rng.choices(POOLS[type], k=1100) for name, type in SCHEMA.items()}
    source = ColumnsSource({name: Column.from_values(type, values[name]) for name, type in SCHEMA.items()})
    sqlite = sqlite3.connect(":memory:")
    sqlite.execute("PRAGMA case_sensitive_like = ON")
    sqlite.execute("CREATE TABLE t (i INTEGER, j INTEGER, x REAL, s TEXT, c TEXT, yes INTEGER)")
    sqlite.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", zip(*values.values(), strict=True))
    yield source, sqlite
    sqlite.close()


@settings(max_examples=200, deadline=None)
@given(text=PREDICATES, params=st.fixed_dictionaries({name: st.sampled_from(POOLS[SCHEMA[name]]) for name in SCHEMA}))
def test_the_same_rows_and_aggregates(data, text, params):
    source, sqlite = data
    plan = Plan(text, source.schema)
    params = {name: params[name] for name in plan.parameters}
    rows = [row - 1 for (row,) in sqlite.execute(f"SELECT rowid FROM t WHERE {text} ORDER BY rowid", params)]
    assert plan.rows(source, params).tolist() == rows
    counts = sqlite.execute(f"SELECT count(*), count(s), min(s), max(c), min(i), max(x) FROM t WHERE {text}", params)
    calls = [("count", "*"), ("count", "s"), ("min", "s"), ("max", "c"), ("min", "i"), ("max", "x")]
    assert [aggregate(source, name, column, plan, params) for name, column in calls] == list(counts.fetchone())
