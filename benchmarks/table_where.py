"""where and sum on a Table, against polars, DuckDB, pyarrow and a loop over dicts.

Amounts, of which about half are over 5000.00, and one of four states. Each side has them in its own form, types pinned:
the state as category, enum or dictionary, the amount as decimal(2) or as int64 cents; what it can prepare is prepared.
"""

from decimal import Decimal
from itertools import cycle

import _transactions as data
import numpy as np

from fastpaths import Columns, Table
from fastpaths.bench import Op, case, main

PARAMS = {"rows": data.ROWS, "amount": ["decimal", "int64"]}
WHERE = "status = 'active' AND amount > {}"


class Data:
    def __init__(self, rows, amount):
        order = data.numbers(rows)
        self.rows, self.exact = rows, amount == "decimal"
        self.codes, self.cents = (order % 4).astype(np.int32), (order * 137 + 50_000) % 1_000_000
        self.selected = np.flatnonzero((self.codes == 0) & (self.cents > 500_000))
        self.least, self.total = self.money(500_000), self.money(self.cents[self.selected].sum())
        self.everything = self.money(self.cents.sum())

    def money(self, cents):
        return Decimal(int(cents)).scaleb(-2) if self.exact else int(cents)

    def columns(self):
        states = [data.STATES[code] for code in self.codes.tolist()]
        return {"id": np.arange(self.rows), "status": states, "amount": list(map(self.money, self.cents.tolist()))}

    def table(self):
        schema = {"id": "int64", "status": "category", "amount": "decimal(2)" if self.exact else "int64"}
        table = Table(schema, key="id")
        table.upsert_many(Columns(self.columns(), schema))
        return table

    def arrow(self):
        import pyarrow as pa

        columns, type = self.columns(), pa.decimal128(18, 2) if self.exact else pa.int64()
        status = pa.DictionaryArray.from_arrays(self.codes, data.STATES)
        return status, pa.array(columns["amount"], type), pa.scalar(self.least, type)

    def frame(self):
        import polars as pl

        status, amount, _ = self.arrow()
        frame = pl.DataFrame({"status": pl.Series(status).cast(pl.Enum(data.STATES)), "amount": pl.Series(amount)})
        return frame, (pl.col("status") == "active") & (pl.col("amount") > self.least)

    def connection(self):
        import duckdb
        import pyarrow as pa

        status, amount, _ = self.arrow()
        connection = duckdb.connect()
        connection.register("arrow", pa.table({"status": status.cast(pa.string()), "amount": amount}))
        connection.execute(f"CREATE TYPE state AS ENUM {data.STATES}")
        connection.execute("CREATE TABLE t AS SELECT status::state AS status, amount FROM arrow")
        return connection

    def records(self):
        columns = self.columns()
        return {row[0]: dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)}


def table_where(data):
    return data.table().where, WHERE.format(":least"), {"least": data.least}


def table_where_cold(data):
    """The text is parsed and planned in every call: more texts than the table keeps plans of."""
    table, texts = data.table(), cycle([WHERE.format(":least") + " " * blanks for blanks in range(300)])
    return lambda least: table.where(next(texts), {"least": least}), data.least


def table_sum(data):
    return data.table().sum, "amount", WHERE.format(":least"), {"least": data.least}


def table_sum_all(data):
    return data.table().sum, "amount"


def polars_where(data):
    import polars as pl

    frame, condition = data.frame()
    return frame.select, pl.arg_where(condition)


def polars_sum(data):
    import polars as pl

    frame, condition = data.frame()
    return frame.select, pl.col("amount").filter(condition).sum()


def polars_sum_all(data):
    return data.frame()[0]["amount"].sum, *()


def arrow_condition(status, amount, least):
    import pyarrow as pa
    import pyarrow.compute as pc

    active = pa.scalar(data.STATES.index("active"), pa.int32())
    return pc.and_(pc.equal(status.indices, active), pc.greater(amount, least))


def arrow_where(data):
    import pyarrow.compute as pc

    return lambda *columns: pc.indices_nonzero(arrow_condition(*columns)), *data.arrow()


def arrow_sum(data):
    import pyarrow.compute as pc

    return lambda *columns: pc.sum(columns[1].filter(arrow_condition(*columns))), *data.arrow()


def arrow_sum_all(data):
    import pyarrow.compute as pc

    return pc.sum, data.arrow()[1]


def duckdb_where(data):
    connection, query = data.connection(), f"SELECT rowid FROM t WHERE {WHERE.format('?')}"
    return lambda least: connection.execute(query, [least]).fetchnumpy()["rowid"], data.least


def duckdb_sum(data):
    connection, query = data.connection(), f"SELECT sum(amount) FROM t WHERE {WHERE.format('?')}"
    return lambda least: connection.execute(query, [least]).fetchone()[0], data.least


def dict_loop(table, least):
    total = 0
    for record in table.values():
        if record["status"] == "active" and record["amount"] > least:
            total += record["amount"]
    return total


def define(group, expected, **sides):
    """A side: what makes the call of some data, and what makes the answer of its result."""

    def set_up(make, answer):
        def op(rows, amount):
            data = Data(rows, amount)
            return Op(*make(data), answer=answer, expected=expected(data), items=rows, unit="row")

        return op

    (name, side), *peers = sides.items()
    subject = case(group=group, name=name, params=PARAMS)(set_up(*side))
    for name, side in peers:
        if name not in data.PEERS or data.installed(name, "pyarrow"):
            subject.baseline(name=name)(set_up(*side))


define(
    "where",
    lambda data: data.selected.tolist(),
    table=(table_where, list),
    polars=(polars_where, lambda frame: frame.to_series().to_list()),
    pyarrow=(arrow_where, lambda rows: rows.to_pylist()),
    duckdb=(duckdb_where, list),
)
define(
    "where/cold",
    lambda data: data.selected.tolist(),
    table=(table_where_cold, list),
    duckdb=(duckdb_where, list),  # a statement is planned in every call
)
define(
    "sum",
    lambda data: data.total,
    table=(table_sum, None),
    polars=(polars_sum, lambda frame: frame.item()),
    pyarrow=(arrow_sum, lambda scalar: scalar.as_py()),
    duckdb=(duckdb_sum, None),
    dict_loop=(lambda data: (dict_loop, data.records(), data.least), None),
)
define(
    "sum/all",
    lambda data: data.everything,
    table=(table_sum_all, None),
    polars=(polars_sum_all, None),
    pyarrow=(arrow_sum_all, lambda scalar: scalar.as_py()),
)


@case(group="where", params={"rows": data.ROWS})
def index(rows, column="account_id"):
    """One row in a hundred: ten accounts of a thousand."""
    table, accounts = data.table(rows), [f"ACC{i:06d}" for i in range(0, 1000, 100)]
    if column:
        table.create_index(column)
    expected = np.flatnonzero(data.numbers(rows) % 100 == 0).tolist()
    predicate = f"account_id IN ({', '.join(f':a{i}' for i in range(10))})"
    params = {f"a{i}": account for i, account in enumerate(accounts)}
    return Op(table.where, predicate, params, answer=list, expected=expected, items=rows, unit="row")


@index.baseline
def scan(rows):
    return index.set_up(rows, column=None)


if __name__ == "__main__":
    main()
