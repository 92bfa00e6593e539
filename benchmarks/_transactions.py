"""The data of the table's benchmarks: transactions, in the form in which each library likes to have them."""

import random
import sqlite3
from functools import cache
from importlib.util import find_spec

import numpy as np

from fastpaths import BinaryColumn, Columns, Table

ROWS = {"quick": [10_000], "default": [100_000], "production": [1_000_000]}
STATES = ("active", "pending", "completed", "cancelled")
SCHEMA = {
    "key": "str",
    "id": "int64",
    "account_id": "str",
    "amount": "int64",  # cents
    "status": "category",
    "category": "category",
}
PEERS = ("duckdb", "pandas", "polars", "pyarrow")  # fastpaths[peers]: they take part where they are installed
KEYS = {"str": "key", "int64": "id"}  # the column that is the key, by its type


def installed(*names):
    """Whether peers can take part. They are imported only where they are measured: they take a second to load."""
    return all(find_spec(name) for name in names)


def make_key(kind, number):
    """Always a new object, equal to the key of that transaction: as a key decoded from a message is."""
    return f"txn_{number:08d}" if kind == "str" else int(str(number))


@cache
def numbers(rows):
    """Which transaction is in which row: they come in random order."""
    return np.random.default_rng(rows).permutation(rows)


def fields(rows):
    """By name: a list of str, or an array of int64."""
    order = numbers(rows)
    listed = order.tolist()
    return {
        "key": [f"txn_{i:08d}" for i in listed],
        "id": order,
        "account_id": [f"ACC{i % 1000:06d}" for i in listed],
        "amount": (order * 137 + 50_000) % 1_000_000,
        "status": [STATES[i % 4] for i in listed],
        "category": [f"CAT_{i % 10}" for i in listed],
    }


def records(rows):
    """As dicts; every value is an object of its own, as decoding a message makes it."""
    states = [state.encode() for state in STATES]
    for i in numbers(rows).tolist():
        yield {
            "key": f"txn_{i:08d}",
            "id": int(str(i)),
            "account_id": f"ACC{i % 1000:06d}",
            "amount": (i * 137 + 50_000) % 1_000_000,
            "status": str(states[i % 4], "ascii"),
            "category": f"CAT_{i % 10}",
        }


def columns(rows):
    return Columns(fields(rows), SCHEMA)


def table(rows, key="key"):
    table = Table(SCHEMA, key=key, capacity=rows)
    table.upsert_many(columns(rows))
    return table


def by_key(rows, key="key"):
    """As a dict of dicts."""
    return {record[key]: record for record in records(rows)}


def probes(kind, rows):
    """(keys, their rows or -1): a tenth as many lookups as rows, one in twenty absent, in random order."""
    rng, order = random.Random(rows), numbers(rows).tolist()
    found = [rng.randrange(rows) if rng.random() < 0.95 else -1 for _ in range(rows // 10)]
    return [make_key(kind, order[row] if row >= 0 else rows + i) for i, row in enumerate(found)], found


def column(keys):
    return BinaryColumn.from_values(keys)


def array(keys):
    return np.array(keys)


BULK = {"str": column, "int64": array}  # keys without a Python object of each


def polars_frame(source):
    """source: fields() or a list of records, for pandas too."""
    import polars as pl

    types = {"str": pl.String, "int64": pl.Int64, "category": pl.Categorical}
    return pl.DataFrame(source, schema={name: types[type_] for name, type_ in SCHEMA.items()})


def pandas_frame(source):
    import pandas as pd

    types = {"str": "str", "int64": "int64", "category": "category"}
    return pd.DataFrame(source).astype({name: types[type_] for name, type_ in SCHEMA.items()})


def arrow_table(fields):
    import pyarrow as pa

    types = {"str": pa.string(), "int64": pa.int64(), "category": pa.dictionary(pa.int32(), pa.string())}
    return pa.table({name: pa.array(values, types[SCHEMA[name]]) for name, values in fields.items()})


def sqlite_connection(records):
    """In memory, with the key's index."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    types = ("INTEGER" if type_ == "int64" else "TEXT" for type_ in SCHEMA.values())
    connection.execute(f"CREATE TABLE t ({', '.join(map(' '.join, zip(SCHEMA, types, strict=True)))})")
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO t VALUES ({', '.join(map(':{}'.format, SCHEMA))})", records)
    connection.execute("CREATE UNIQUE INDEX by_key ON t(key)")
    connection.execute("COMMIT")
    return connection


def sqlite_records(connection, query="SELECT * FROM t ORDER BY rowid", parameters=()):
    return [dict(zip(SCHEMA, row, strict=True)) for row in connection.execute(query, parameters)]
