"""JSON values as columns, against the standard library's json."""

import json
import math
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.columns import BinaryColumn, Columns, InvalidJson

SCHEMA = {
    "id": "int64",
    "amount": "decimal(2)",
    "price": "float64",
    "name": "str",
    "status": "category",
    "at": "timestamp",
    "raw": "bytes",
    "is it?": "bool",
}
VALUES = {
    "id": st.integers(-(2**63), 2**63 - 1),
    "amount": st.integers(-(2**63), 2**63 - 1).map(lambda units: Decimal(units).scaleb(-2)),
    "price": st.floats(allow_nan=False, allow_infinity=False),
    "name": st.text(),
    "status": st.sampled_from(["new", "", "ü"]),
    "at": st.datetimes(timezones=st.just(timezone(timedelta(hours=5, minutes=30)))),
    "raw": st.binary(),
    "is it?": st.booleans(),
    "unknown": st.lists(st.none() | st.dictionaries(st.text(), st.integers())),
}


def text_of(value):
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    return json.dumps(b64encode(value).decode() if isinstance(value, bytes) else value)


def row_of(record):
    return {name: (record or {}).get(name) for name in SCHEMA}


@given(
    st.lists(st.none() | st.fixed_dictionaries({}, optional={k: st.none() | v for k, v in VALUES.items()}), max_size=8)
)
def test_reads_what_json_wrote(records):
    values = [
        None if record is None else "{" + ", ".join(f'"{k}" :{text_of(v)}' for k, v in record.items()) + "}\n"
        for record in records
    ]
    columns = Columns.from_json(BinaryColumn.from_values(["{}", *values])[1:], SCHEMA)
    assert {name: str(type) for name, type in columns.schema.items()} == SCHEMA
    assert len(columns) == len(records)
    assert columns.to_dicts() == [row_of(record) for record in records]


def test_numbers_are_exact():
    values = ['{"a": 0.10, "b": 1e2}', '{"a": "92233720368547758.07", "b": 3}', '{"a": -1E+1, "b": -0}']
    columns = Columns.from_json(BinaryColumn.from_values(values), {"a": "decimal(2)", "b": "float64"})
    assert columns["a"].to_list() == [Decimal("0.10"), Decimal("92233720368547758.07"), Decimal(-10)]
    assert columns["b"].to_list() == [100.0, 3.0, 0.0]
    assert math.copysign(1, columns["b"][2]) == 1


def test_last_of_two_fields():
    columns = Columns.from_json(BinaryColumn.from_values(['{"a": 1, "a": null, "a": 3}']), {"a": "int64"})
    assert columns["a"].to_list() == [3]


def test_no_columns():
    assert len(Columns.from_json(BinaryColumn.from_values(['{"a": 1}']), {})) == 1


@pytest.mark.parametrize(
    ("value", "column", "problem"),
    [
        ('{"id": "1"}', "id", "Expected `int`, got `str`"),
        ('{"id": true}', "id", "Expected `int`, got `bool`"),
        ('{"id": 1.0}', "id", "Expected `int`, got `float`"),
        ('{"price": 1e999}', "price", "Number out of range"),
        ('{"price": NaN}', None, "malformed"),
        ('{"name": 1}', "name", "Expected `str`, got `int`"),
        ('{"name": "\\ud800"}', None, "truncated"),
        (b'{"name": "\xff"}', None, "(?i)utf-8"),
        ('{"is it?": 1}', "is it?", "Expected `bool`, got `int`"),
        ('{"at": "2026-01-01T00:00:00"}', "at", "timezone"),
        ('{"at": 1}', "at", "Expected `datetime`, got `int`"),
        ('{"raw": "a"}', "raw", "base64"),
        ('{"amount": "one"}', "amount", "Invalid decimal"),
        ("{} {}", None, "trailing characters"),
        ('{"id": 1', None, "truncated"),
        ('{"id" 1}', None, "malformed"),
        ("{: 1}", None, "malformed"),
        ("", None, "truncated"),
        ("null", None, "Expected `object`, got `null`"),
        ("[]", None, "Expected `object`, got `array`"),
        ('{"unknown": ' + "[" * 100_000, None, "recursion"),
    ],
)
def test_refuses(value, column, problem):
    with pytest.raises(InvalidJson, match=problem) as caught:
        Columns.from_json(BinaryColumn.from_values(["{}", value]), SCHEMA)
    assert (caught.value.row, caught.value.column) == (1, column)
    where = "row 1: " if column is None else f"column {column!r}, row 1: "
    assert str(caught.value).startswith(where)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (
            '{"id": 9223372036854775808}',
            OverflowError,
            "column 'id', row 1: expected an int, found 9223372036854775808",
        ),
        ('{"amount": 0.001}', ValueError, "column 'amount', row 1: expected at most 2 digits behind the point"),
        ('{"amount": "NaN"}', ValueError, "column 'amount', row 1: expected a finite decimal number"),
        ('{"amount": 1e30}', OverflowError, "column 'amount', row 1: expected a decimal"),
    ],
)
def test_values_that_do_not_fit(value, error, message):
    with pytest.raises(error, match=message):
        Columns.from_json(BinaryColumn.from_values(["{}", value]), SCHEMA)


def test_timestamps_are_of_one_zone():
    values = BinaryColumn.from_values(['{"at": "2026-01-01T05:30:00+05:30"}', '{"at": "2026-01-01T00:00:00.0000004Z"}'])
    assert Columns.from_json(values, SCHEMA)["at"].to_list() == [datetime(2026, 1, 1, tzinfo=UTC)] * 2


def test_takes_a_column_and_a_schema():
    with pytest.raises(TypeError):
        Columns.from_json([b"{}"], SCHEMA)
    with pytest.raises(ValueError, match="column 'id': a column's type is one of"):
        Columns.from_json(BinaryColumn.from_values([]), {"id": "integer"})
