"""Columns from what arrives as objects or as JSON, against the dicts, and the parsers, that one would use instead."""

import json

import _transactions as data

from fastpaths import BinaryColumn, Columns
from fastpaths.bench import Op, case, main


def loading(function, *arguments, rows, answer):
    return Op(function, *arguments, items=rows, unit="record", answer=answer, expected=list(data.records(rows)))


@case(group="columns", params={"rows": data.ROWS})
def from_records(rows):
    return loading(Columns.from_records, list(data.records(rows)), data.SCHEMA, rows=rows, answer=Columns.to_dicts)


@from_records.baseline
def dict_of_dicts(rows):
    def load(records):
        return {record["key"]: dict(record) for record in records}

    return loading(load, list(data.records(rows)), rows=rows, answer=lambda table: list(table.values()))


def values_of(rows):
    return BinaryColumn.from_values(json.dumps(record, separators=(",", ":")) for record in data.records(rows))


@case(group="columns", params={"rows": data.ROWS})
def from_json(rows):
    return loading(Columns.from_json, values_of(rows), data.SCHEMA, rows=rows, answer=Columns.to_dicts)


@from_json.baseline
def json_loads(rows):
    """To dicts only."""

    def load(values):
        return [json.loads(value) for value in values]

    return loading(load, list(values_of(rows)), rows=rows, answer=None)


if data.installed("polars"):

    @from_json.baseline
    def polars_json_decode(rows):
        """On as many cores as polars takes."""
        import polars as pl

        types = {"int64": pl.Int64, "str": pl.String, "category": pl.String}
        target = pl.Struct({name: types[type] for name, type in data.SCHEMA.items()})
        values = pl.Series(Columns({"value": values_of(rows)}, {"value": "str"})["value"])
        return loading(lambda: values.str.json_decode(target).struct.unnest(), rows=rows, answer=pl.DataFrame.to_dicts)


if data.installed("duckdb", "pyarrow"):

    @from_json.baseline
    def duckdb_from_json(rows):
        import duckdb

        connection = duckdb.connect(config={"threads": 1})
        connection.register("input", Columns({"value": values_of(rows)}, {"value": "str"}))
        types = {"int64": "BIGINT", "str": "VARCHAR", "category": "VARCHAR"}
        target = json.dumps({name: types[type] for name, type in data.SCHEMA.items()})
        query = f"SELECT unnest(from_json_strict(value, '{target}')) FROM input"
        return loading(
            lambda: connection.sql(query).to_arrow_table(), rows=rows, answer=lambda table: table.to_pylist()
        )


if __name__ == "__main__":
    main()
