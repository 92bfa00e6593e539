"""where and sum over columns: a plan of fastpaths against polars, DuckDB, pyarrow, and a loop over dicts.

The data is that of table_lookup's records: amounts, of which about half are over 5000.00, and one of four states. Each
side has them in its own form, types pinned: the state as category, enum or dictionary, the amount as decimal(2) or as
int64 cents; what it can prepare is prepared. polars, DuckDB and pyarrow take part where fastpaths[peers] is installed.
"""

from decimal import Decimal

import numpy as np

from fastpaths import BinaryColumn
from fastpaths.bench import Op, case, main
from fastpaths.columns.column import Column
from fastpaths.columns.types import Type
from fastpaths.table.aggregates import aggregate
from fastpaths.table.plan import Plan
from fastpaths.table.source import ColumnsSource

try:
    import duckdb
    import polars as pl
    import pyarrow as pa
    import pyarrow.compute as pc
except ModuleNotFoundError:  # then there are no such baselines
    duckdb = pl = pa = pc = None

PEERS = ("polars", "pyarrow", "duckdb")
ROWS = {"quick": [10_000], "default": [100_000], "production": [1_000_000]}
PARAMS = {"rows": ROWS, "amount": {preset: ["decimal", "int64"] for preset in ROWS}}
STATES = ["active", "pending", "completed", "cancelled"]
WHERE = "status = 'active' AND amount > {}"


class Data:
    def __init__(self, rows, amount):
        numbers = np.arange(rows)
        self.rows, self.exact = rows, amount == "decimal"
        self.codes = (numbers % len(STATES)).astype(np.int32)
        self.cents = (numbers * 137 + 50_000) % 1_000_000
        self.selected = np.flatnonzero((self.codes == 0) & (self.cents > 500_000))
        self.least, self.total = self.money(500_000), self.money(self.cents[self.selected].sum())

    def money(self, cents):
        return Decimal(int(cents)).scaleb(-2) if self.exact else int(cents)

    def source(self):
        status = Column(Type("category"), self.rows, self.codes, None, BinaryColumn.from_values(STATES))
        amount = Column(Type("decimal", 2) if self.exact else Type("int64"), self.rows, self.cents)
        return ColumnsSource({"status": status, "amount": amount})

    def arrow(self):
        type = pa.decimal128(18, 2) if self.exact else pa.int64()
        amount = pa.array(map(self.money, self.cents.tolist()), type)
        return pa.DictionaryArray.from_arrays(self.codes, STATES), amount, pa.scalar(self.least, type)

    def frame(self):
        status, amount, _ = self.arrow()
        frame = pl.DataFrame({"status": pl.Series(status).cast(pl.Enum(STATES)), "amount": pl.Series(amount)})
        return frame, (pl.col("status") == "active") & (pl.col("amount") > self.least)

    def connection(self):
        status, amount, _ = self.arrow()
        connection = duckdb.connect()
        connection.register("arrow", pa.table({"status": status.cast(pa.string()), "amount": amount}))
        connection.execute(f"CREATE TYPE state AS ENUM {tuple(STATES)}")
        connection.execute("CREATE TABLE t AS SELECT status::state AS status, amount FROM arrow")
        return connection

    def records(self):
        pairs = zip(self.codes.tolist(), self.cents.tolist(), strict=True)
        return {row: {"status": STATES[code], "amount": self.money(cents)} for row, (code, cents) in enumerate(pairs)}


def plan_of(data):
    source = data.source()
    return source, Plan(WHERE.format(":least"), source.schema), {"least": data.least}


def fastpaths_where(data):
    source, plan, params = plan_of(data)
    return plan.rows, source, params


def fastpaths_sum(data):
    source, plan, params = plan_of(data)
    return aggregate, source, "sum", "amount", plan, params


def polars_where(data):
    frame, condition = data.frame()
    return frame.select, pl.arg_where(condition)


def polars_sum(data):
    frame, condition = data.frame()
    return frame.select, pl.col("amount").filter(condition).sum()


def arrow_condition(status, amount, least):
    return pc.and_(pc.equal(status.indices, pa.scalar(STATES.index("active"), pa.int32())), pc.greater(amount, least))


def arrow_where(data):
    return lambda *columns: pc.indices_nonzero(arrow_condition(*columns)), *data.arrow()


def arrow_sum(data):
    return lambda *columns: pc.sum(columns[1].filter(arrow_condition(*columns))), *data.arrow()


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
        if name in PEERS and pl is None:
            continue
        subject.baseline(name=name)(set_up(*side))


define(
    "where",
    lambda data: data.selected.tolist(),
    fastpaths=(fastpaths_where, list),
    polars=(polars_where, lambda frame: frame.to_series().to_list()),
    pyarrow=(arrow_where, lambda rows: rows.to_pylist()),
    duckdb=(duckdb_where, list),
)
define(
    "sum",
    lambda data: data.total,
    fastpaths=(fastpaths_sum, None),
    polars=(polars_sum, lambda frame: frame.item()),
    pyarrow=(arrow_sum, lambda scalar: scalar.as_py()),
    duckdb=(duckdb_sum, None),
    dict_loop=(lambda data: (dict_loop, data.records(), data.least), None),
)

if __name__ == "__main__":
    main()
