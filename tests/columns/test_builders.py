"""Columns built from dicts."""

from collections import OrderedDict

import pytest

from fastpaths.columns.builders import build_columns
from fastpaths.columns.types import parse_schema


def test_records():
    schema = parse_schema({"id": "int64", "name": "str", "status": "category"})
    records = [
        {"id": 1, "name": "a", "status": "new"},
        {"status": None, "id": 2},
        OrderedDict(name="b" * 20, status="new"),
        {},
    ]
    columns = build_columns(schema, records)
    assert {name: column.to_list() for name, column in columns.items()} == {
        "id": [1, 2, None, None],
        "name": ["a", None, "b" * 20, None],
        "status": ["new", None, "new", None],
    }


@pytest.mark.parametrize(
    ("record", "error", "message"),
    [
        ({"id": "1"}, TypeError, "column 'id', row 1: expected an int, found str '1'"),
        ({"name": "\ud800", "id": 1}, ValueError, "column 'name', row 1: expected valid Unicode"),
        ({"id": 1, "age": 1}, ValueError, "row 1: there is no column 'age'; the columns are id, name"),
        ({"id": 1, 1: 1}, ValueError, "row 1: there is no column 1; the columns are id, name"),
        ([1, "a"], TypeError, "row 1: expected a dict, found list"),
    ],
)
def test_records_refused(record, error, message):
    with pytest.raises(error, match=f"^{message}"):
        build_columns(parse_schema({"id": "int64", "name": "str"}), [{"id": 0}, record])
