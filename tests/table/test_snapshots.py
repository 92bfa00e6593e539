"""What a table has given out never changes, whoever holds it: numpy, a BinaryColumn, Columns, Arrow."""

import gc
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from fastpaths import Columns, Table

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SCHEMA = {
    "key": "str",
    "n": "int64",
    "x": "float64",
    "b": "bool",
    "s": "str",
    "y": "bytes",
    "c": "category",
    "t": "timestamp",
    "d": "decimal(2)",
}


def record(i, version=0, nulls=False):
    """Number i: `key` and every third `s` and `y` lie in the arena."""
    text = f"text {i} version {version}" if i % 3 else f"a text {i} that is long, in version {version}"
    values = {
        "n": i + version,
        "x": i / 4 - version,
        "b": (i + version) % 2 == 0,
        "s": text,
        "y": text.encode(),
        "c": f"category {(i + version) % 5}",
        "t": EPOCH + timedelta(i, version),
        "d": Decimal(i * 100 + version).scaleb(-2),
    }
    if nulls and (i + version) % 4 == 0:
        values = dict.fromkeys(values)
    return {"key": f"the key of record {i}", **values}


def filled(n, **options):
    table = Table(SCHEMA, "key")
    table.upsert_many([record(i, **options) for i in range(n)])
    return table


def change_all(table, n):
    """Everything that can happen: rows change one by one and at once, move, come and go, the arena is compacted."""
    for i in range(n):
        table.upsert(record(i, 1, nulls=i % 2 == 0))
    table.upsert_many([record(i, 2) for i in range(n)])
    for version in range(3, 9):
        table.upsert_many([record(i, version, nulls=True) for i in range(n)])
    for i in range(0, n, 2):
        table.delete(record(i)["key"])
    table.upsert_many([record(i, 9) for i in range(n, 3 * n)])
    table.delete_many([record(i)["key"] for i in range(3 * n)])
    table.upsert_many([record(i, 10) for i in range(n)])


EXPORTS = {
    "page": lambda table: table.page(0, len(table)).to_dicts,
    "slice": lambda table: table.page(3, 9).to_dicts,
    "scan": lambda table: lambda scan=table.scan(7), got=[]: got or got.extend(p.to_dicts() for p in scan) or got,  # noqa: B008
    "take": lambda table: table.take(np.arange(len(table))[::-1]).to_dicts,
    "arrow": lambda table: lambda exported=Columns.from_arrow(table): exported.to_dicts(),  # noqa: B008
    "numpy": lambda table: lambda columns=[table.column(name) for name in SCHEMA]: [shown(c) for c in columns],  # noqa: B008
}


def shown(column):
    if isinstance(column, tuple):
        values, valid = column
        return [value if there else None for value, there in zip(list(values), valid, strict=True)]
    return list(column)


@pytest.mark.parametrize("nulls", [False, True])
@pytest.mark.parametrize("name", EXPORTS)
def test_export_stays_while_the_table_changes(name, nulls):
    n = 50
    table = filled(n, nulls=nulls)
    look = EXPORTS[name](table)
    before = look()
    change_all(table, n)
    assert look() == before
    assert {row["key"]: row for row in table.page(0, n).to_dicts()} == {
        record(i)["key"]: record(i, 10) for i in range(n)
    }
    del table
    gc.collect()
    assert look() == before


@pytest.mark.parametrize("n", [1, 7, 8, 9, 63, 64, 65])
def test_bits_of_an_export_stay_while_rows_are_appended(n):
    """Its last byte is not whole, and the table writes on in it."""
    table = filled(n, nulls=True)
    column = table.page(0, n)["b"]
    values, validity = column.values.copy(), column.validity.copy()
    table.upsert_many([record(i, 1) for i in range(n, n + 20)])
    for i in range(n + 20, n + 40):
        table.upsert(record(i, 1, nulls=True))
    assert (column.values == values).all()
    assert (column.validity == validity).all()
    assert table.page(0, n + 20).to_dicts() == [record(i, nulls=True) for i in range(n)] + [
        record(i, 1) for i in range(n, n + 20)
    ]


def test_rows_behind_an_export_that_has_more():
    """The export still shows the rows that were deleted, where new ones go."""
    table = filled(20)
    page = table.page(0, 20)
    for i in range(19, 9, -1):
        table.delete(record(i)["key"])
    for i in range(30, 40):
        table.upsert(record(i))
    assert page.to_dicts() == [record(i) for i in range(20)]
    assert table.page(0, 20).to_dicts() == [record(i) for i in range(10)] + [record(i) for i in range(30, 40)]


def test_appending_copies_nothing():
    """Rows behind those that are exported are free; a change of one of them is a copy, once."""
    table = Table({"key": "int64", "n": "int64"}, "key", capacity=10_000)
    table.upsert_many(Columns({"key": np.arange(5000), "n": np.arange(5000)}))
    column = table.column("n")

    def address():
        return table.column("n").__array_interface__["data"][0]

    before = address()
    table.upsert_many(Columns({"key": np.arange(5000, 6000), "n": np.arange(1000)}))
    table.upsert({"key": 6000, "n": 1})
    assert address() == before
    table.upsert({"key": 0, "n": -1})
    assert address() != before
    assert column[0] == 0
    copied = address()
    del column
    table.upsert({"key": 1, "n": -1})
    assert address() == copied


def test_exports_are_read_only():
    table = filled(3)
    for name in ("n", "x", "t", "d"):
        with pytest.raises(ValueError, match="read-only"):
            table.column(name)[0] = table.column(name)[1]
