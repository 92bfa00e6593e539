"""Columns: built of whatever there is, refused with column and row, read back as dicts."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastpaths
from fastpaths.columns import BinaryColumn, Column, Columns, Type

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
RECORDS = [
    {"id": 1, "name": "ä" * 20, "amount": Decimal("1.25"), "at": NOON, "ok": True},
    {"id": 2, "name": "", "amount": None, "at": None, "ok": False},
    {"id": 3, "name": None, "amount": Decimal(-3), "at": NOON, "ok": None},
]
SCHEMA = {"id": "int64", "name": "str", "amount": "decimal(2)", "at": "timestamp", "ok": "bool"}


def test_public_names():
    assert fastpaths.Columns is Columns


def test_records():
    columns = Columns.from_records(iter(RECORDS), SCHEMA)
    assert len(columns) == 3
    assert columns.to_dicts() == RECORDS
    assert {name: str(type) for name, type in columns.schema.items()} == SCHEMA
    assert list(columns) == list(columns.keys()) == list(SCHEMA)
    assert "id" in columns
    assert "ID" not in columns
    assert columns["amount"].to_list() == [Decimal("1.25"), None, Decimal(-3)]
    assert Columns(dict(columns)).to_dicts() == RECORDS
    assert columns.nbytes == sum(columns[name].nbytes for name in columns)
    assert repr(columns) == "Columns(id: int64, name: str, amount: decimal(2), at: timestamp, ok: bool; length=3)"
    with pytest.raises(KeyError, match="there is no column 'ID'; the columns are id, name"):
        columns["ID"]


@given(st.slices(3), st.lists(st.integers(-1, 2)))
def test_slices_and_take(where, rows):
    columns = Columns.from_records(RECORDS, SCHEMA)
    assert columns[where].to_dicts() == RECORDS[where]
    assert len(columns[where]) == len(RECORDS[where])
    assert columns.take(rows).to_dicts() == [dict.fromkeys(SCHEMA) if row < 0 else RECORDS[row] for row in rows]
    with pytest.raises(IndexError):
        columns.take([*rows, 3])


def test_slices_share_memory():
    columns = Columns({"x": np.arange(10), "s": BinaryColumn.from_values([b"a value that is not inlined"] * 10)})
    part = columns[2:5]
    assert np.shares_memory(part["x"].values, columns["x"].values)
    assert part["s"].nbytes == columns["s"].nbytes


def test_schema_is_inferred_from_the_first_records():
    records = [{"x": 1}, {"y": "a", "x": 1.5}, {"z": None, "d": Decimal("1.25")}, {"d": 3, "x": None}]
    columns = Columns.from_records(records)
    assert {name: str(type) for name, type in columns.schema.items()} == {
        "x": "float64",
        "y": "str",
        "z": "str",
        "d": "decimal(2)",
    }
    assert columns.to_dicts() == [{"x": None, "y": None, "z": None, "d": None, **record} for record in records]
    assert Columns.from_records([{"x": None}] * 200 + [{"x": 1}]).schema == {"x": Type("int64")}
    assert Columns.from_records([]).to_dicts() == []
    assert Columns.from_records([{}, {}]).to_dicts() == [{}, {}]
    with pytest.raises(TypeError, match="row 1: expected a dict, found int"):
        Columns.from_records([{}, 1])
    with pytest.raises(TypeError, match="a column's name is a str, found 1"):
        Columns.from_records([{1: 1}])
    with pytest.raises(TypeError, match="column 'x': expected values of one type, found int64 and str; give a schema"):
        Columns.from_records([{"x": 1}, {"x": "1"}])
    with pytest.raises(TypeError, match=r"column 'x': expected a value that a column can hold, found \[1\]"):
        Columns.from_records([{"x": [1]}])
    with pytest.raises(TypeError, match="column 'x', row 100: expected an int, found float"):
        Columns.from_records([{"x": 1}] * 100 + [{"x": 0.5}])


def test_made_of_anything():
    columns = Columns(
        {
            "a": [1, None],
            "b": np.array([1.5, 2], np.float32),
            "c": BinaryColumn.from_values(["x", None]),
            "d": Column.from_values("str", ["x", "y"]),
            "e": np.array(["2026-02-03T12", "NaT"], "datetime64[h]"),
            "f": np.array([True, False]),
            "g": np.array([1, 2], ">u8"),
            "h": np.array(["x", "y"]),
            "i": ("1.25", None),
            "j": np.array(["x", None], object),
        },
        {"c": "category", "d": "category", "i": "decimal(2)"},
    )
    assert columns.to_dicts() == [
        {"a": 1, "b": 1.5, "c": "x", "d": "x", "e": NOON, "f": True, "g": 1, "h": "x", "i": Decimal("1.25"), "j": "x"},
        {"a": None, "b": 2.0, "c": None, "d": "y", "e": None, "f": False, "g": 2, "h": "y", "i": None, "j": None},
    ]
    assert str(columns.schema["c"]) == "category"
    assert len(Columns({})) == 0


def test_numpy_arrays_are_borrowed():
    for array in (np.arange(5), np.arange(5.0)):
        column = Columns({"x": array})["x"]
        assert np.shares_memory(column.values, array)
        assert not column.values.flags.writeable
        assert array.flags.writeable


@pytest.mark.parametrize(
    ("values", "type", "error", "message"),
    [
        (np.array([1, 2**63], np.uint64), None, OverflowError, "row 1: expected an int64, found 9223372036854775808"),
        (np.zeros((2, 2)), None, ValueError, "expected an array of one dimension, found 2"),
        (np.array(["2026-01-01T00:00:00.000000001"], "M8[ns]"), None, ValueError, "row 0: expected whole microseconds"),
        (np.array([2**62], "M8[s]"), None, ValueError, "row 0: expected whole microseconds, in 64 bits"),
        (np.array([1, 1.5]), "int64", ValueError, "row 1: expected int64, found 1.5"),
        (np.array([2.0**63]), "int64", ValueError, "row 0: expected int64, found 9.2"),
        (np.array([np.nan]), "int64", ValueError, "row 0: expected int64, found nan"),
        (np.array([1.5]), "decimal(2)", TypeError, r"expected decimal\(2\), found float64"),
        (np.array([1]), "timestamp", TypeError, "expected timestamp, found int64"),
        (np.array([0, 10**17]), "decimal(2)", OverflowError, r"row 1: expected decimal\(2\), found 10{17}"),
        (Column.from_values("decimal(3)", ["1", "1.234"]), "decimal(2)", ValueError, "row 1: .*, found 1.234"),
        (Column.from_values("decimal(1)", ["1.5"]), "int64", ValueError, "row 0: expected int64, found 1.5"),
        (BinaryColumn.from_values([b"a", b"\xff"]), "str", ValueError, "row 1: expected UTF-8"),
        (BinaryColumn.from_values([b"a", b"long enough \xc3"]), "category", ValueError, "row 1: expected UTF-8"),
        ([1, "a"], "int64", TypeError, "row 1: expected an int, found str 'a'"),
        ([1], "text", ValueError, "a column's type is one of"),
        (7, None, TypeError, "expected a column of values, found 7"),
        ("text", "str", TypeError, "expected a column of values, found 'text'"),
    ],
)
def test_refuses(values, type, error, message):
    with pytest.raises(error, match=f"^column 'x'.*{message}"):
        Columns({"x": values}, {"x": type} if type else None)


def test_refuses_the_whole():
    with pytest.raises(ValueError, match="equally long, found 2 values of 'a' and 3 of 'b'"):
        Columns({"a": [1, 2], "b": [1, 2, 3]})
    with pytest.raises(ValueError, match="there is no column 'c'; the columns are a, b"):
        Columns({"a": [1], "b": [1]}, {"c": "int64"})
    with pytest.raises(TypeError, match="a column's name is a str, found 1"):
        Columns({1: [1]})


@given(st.lists(st.none() | st.sampled_from(["", "a", "ü", "not inlined at all"])))
def test_casts_of_text(values):
    column = Column.from_values("str", ["before", *values])[1:]
    for path in (["category", "str"], ["bytes", "category", "bytes", "str"], ["category", "category"]):
        cast = column
        for type in path:
            cast = Columns({"x": cast}, {"x": type})["x"]
            assert str(cast.type) == type
        assert cast.to_list() == values


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_casts_of_numbers(values):
    column = Column.from_values("int64", values)
    for scale in (0, 1, 18):
        fits = all(value is None or -(2**63) <= value * 10**scale < 2**63 for value in values)
        if fits:
            decimals = Columns({"x": column}, {"x": f"decimal({scale})"})["x"]
            assert decimals.to_list() == values
            assert Columns({"x": decimals}, {"x": "int64"})["x"].to_list() == values
        else:
            with pytest.raises(OverflowError, match=r"column 'x', row \d+: expected decimal"):
                Columns({"x": column}, {"x": f"decimal({scale})"})
