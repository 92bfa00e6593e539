"""Columns from what arrives as objects or as JSON, against the dicts, and the parsers, that one would use instead."""

import json

from fastpaths import BinaryColumn, Columns
from fastpaths.bench import Op, case, main

ROWS = {"quick": [10_000], "default": [100_000], "production": [1_000_000]}
SCHEMA = {
    "key": "str",
    "id": "int64",
    "account_id": "str",
    "amount": "int64",
    "status": "category",
    "category": "category",
}
STATUSES = ("active", "pending", "completed", "cancelled")


def records_of(rows):
    """Objects of their own in every field, as decoding makes them."""
    return [
        {
            "key": f"txn_{i:08d}",
            "id": i,
            "account_id": f"ACC{i % 1000:06d}",
            "amount": (i * 137 + 50_000) % 1_000_000,
            "status": f"{STATUSES[i % 4]}",
            "category": f"CAT_{i % 10}",
        }
        for i in range(rows)
    ]


def loading(function, *arguments, rows, answer):
    return Op(function, *arguments, items=rows, unit="record", answer=answer, expected=records_of(rows))


@case(group="columns", params={"rows": ROWS})
def from_records(rows):
    return loading(Columns.from_records, records_of(rows), SCHEMA, rows=rows, answer=Columns.to_dicts)


@from_records.baseline
def dict_of_dicts(rows):
    def load(records):
        return {record["key"]: dict(record) for record in records}

    return loading(load, records_of(rows), rows=rows, answer=lambda table: list(table.values()))


def values_of(rows):
    return BinaryColumn.from_values(json.dumps(record, separators=(",", ":")) for record in records_of(rows))


@case(group="columns", params={"rows": ROWS})
def from_json(rows):
    return loading(Columns.from_json, values_of(rows), SCHEMA, rows=rows, answer=Columns.to_dicts)


@from_json.baseline
def json_loads(rows):
    """To dicts only."""

    def load(values):
        return [json.loads(value) for value in values]

    return loading(load, list(values_of(rows)), rows=rows, answer=None)


@from_json.baseline
def polars_json_decode(rows):
    """On as many cores as polars takes."""
    import polars as pl

    types = {"int64": pl.Int64, "str": pl.String, "category": pl.String}
    target = pl.Struct({name: types[type] for name, type in SCHEMA.items()})
    values = pl.Series(Columns({"value": values_of(rows)}, {"value": "str"})["value"])
    return loading(lambda: values.str.json_decode(target).struct.unnest(), rows=rows, answer=pl.DataFrame.to_dicts)


@from_json.baseline
def duckdb_from_json(rows):
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    connection.register("input", Columns({"value": values_of(rows)}, {"value": "str"}))
    types = {"int64": "BIGINT", "str": "VARCHAR", "category": "VARCHAR"}
    target = json.dumps({name: types[type] for name, type in SCHEMA.items()})
    query = f"SELECT unnest(from_json_strict(value, '{target}')) FROM input"
    return loading(lambda: connection.sql(query).to_arrow_table(), rows=rows, answer=lambda table: table.to_pylist())


if __name__ == "__main__":
    main()
