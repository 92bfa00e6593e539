"""What a Table refuses, in which words, and that nothing has changed then."""

from datetime import datetime

import numpy as np
import pytest

from fastpaths import BinaryColumn, Columns, Table

SCHEMA = {"key": "str", "n": "int64", "price": "decimal(2)", "seen": "timestamp", "kind": "category"}
FIRST = {"key": "a", "n": 1, "price": "1.50", "kind": "x"}


@pytest.fixture
def table():
    table = Table(SCHEMA, key="key")
    table.upsert(FIRST)
    return table


@pytest.mark.parametrize(
    ("record", "error", "message"),
    [
        ({"key": "a", "m": 1}, ValueError, "there is no column 'm'"),
        ({"n": 2}, ValueError, "the key 'key' is null"),
        ({"key": None}, ValueError, "the key 'key' is null"),
        ({"key": b"a"}, TypeError, "'key'.*bytes"),
        ({"key": "\ud800"}, ValueError, "'key'"),
        ({"key": "a", "n": "2"}, TypeError, "'n'.*str"),
        ({"key": "a", "n": True}, TypeError, "'n'.*bool"),
        ({"key": "a", "n": 2**70}, OverflowError, "'n'"),
        ({"key": "a", "price": "1.505"}, ValueError, "'price'"),
        ({"key": "a", "seen": datetime(2026, 1, 1)}, ValueError, "'seen'"),
        ({"key": "a", "kind": 7}, TypeError, "'kind'.*int"),
    ],
)
def test_a_record_that_does_not_fit(table, record, error, message):
    before = table["a"]
    with pytest.raises(error, match=message):
        table.upsert(record)
    with pytest.raises(error):
        table.upsert_many([{"key": "b", "n": 5}, record])
    assert table["a"] == before
    assert list(table) == ["a"]


def test_the_row_of_a_wrong_value_is_named(table):
    with pytest.raises(TypeError, match="column 'n', row 1"):
        table.upsert_many([{"key": "b", "n": 5}, {"key": "c", "n": "six"}])
    with pytest.raises(ValueError, match="column 'key', row 1: the key is null"):
        table.upsert_many(Columns({"key": ["b", None]}, {"key": "str"}))
    with pytest.raises(ValueError, match=r"3.*2|2.*3"):
        Columns({"key": ["a", "b", "c"], "n": [1, 2]})
    assert list(table) == ["a"]


def test_the_last_of_several_records_with_one_key_counts(table):
    assert table.upsert_many([{"key": "b", "n": 1}, {"key": "a"}, {"key": "b", "n": 2}]).tolist() == [1, 0, 1]
    assert (table["a"]["n"], table["b"]["n"]) == (None, 2)


def test_probes(table):
    numbers = Table({"id": "int64"}, key="id")
    numbers.upsert({"id": np.int32(3)})
    assert numbers.find(np.int64(3)) == 0
    for key, error in ((True, TypeError), (2**70, OverflowError), ("3", TypeError)):
        with pytest.raises(error):
            numbers.find(key)
    with pytest.raises(TypeError, match="bytes"):
        table.find(b"a")
    with pytest.raises(TypeError, match=r"keys\[0\].*bytes"):
        table.find_many([b"a"])
    assert table.find_many(BinaryColumn.from_values([b"a", None, b"\xff"])).tolist() == [0, -1, -1]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: t["b"], KeyError, "b"),
        (lambda t: t.column("m"), ValueError, "there is no column 'm'"),
        (lambda t: t.sum("kind"), TypeError, "kind"),
        (lambda t: t.take([1]), IndexError, "1"),
        (lambda t: t.take([0], ["m"]), ValueError, "there is no column 'm'"),
        (lambda t: t.create_index("m"), ValueError, "there is no column 'm'"),
        (lambda t: t.create_index("key"), ValueError, "is the key"),
        (lambda t: t.page(-1, 5), ValueError, "offset must be at least 0"),
        (lambda t: list(t.scan(0)), ValueError, "batch_size must be at least 1"),
        (lambda t: t.join([{"user": "a"}], "usr"), ValueError, "there is no column 'usr'; the nearest: 'user'"),
        (lambda t: t.join([{"k": "a", "n": 1}], "k"), ValueError, "'n'"),
        (lambda t: t.join([{"k": "a"}], "k", how="outer"), ValueError, "how must be"),
        (lambda t: t.join({"k": "a"}, "user"), (KeyError, ValueError), "user"),
        (lambda t: t.apply(["a"], [], None), ValueError, "1 keys and 0 values"),
        (lambda t: t.where("n = 1 OR 1 = 1; DROP TABLE t"), ValueError, "n = 1 OR"),
        (lambda t: Table({"key": "float64"}, key="key"), ValueError, "of type float64"),
        (lambda t: Table({"key": "text"}, key="key"), ValueError, "column 'key'.*found 'text'"),
        (lambda t: Table({"key": "str"}, key="id"), ValueError, "there is no column 'id'"),
    ],
)
def test_calls_that_cannot_be(table, call, error, message):
    with pytest.raises(error, match=message):
        call(table)
    assert len(table) == 1


def test_a_parameter_is_a_value_and_no_sql(table):
    assert table.where("kind = :kind", {"kind": "x' OR 'a' = 'a"}).tolist() == []
    assert table.where("kind = :kind", {"kind": "x"}).tolist() == [0]
