"""A stream of trades enriched from a table of users: record by record, in batches, and from raw JSON.

One trade in twenty is of a user whom the table has not: a left join leaves null what it would add. Every side gives the
same enriched records.
"""

import json
import random
from functools import cache

import _transactions as data

from fastpaths import BinaryColumn, Columns, Table
from fastpaths.bench import Op, case, main

USERS = 5000
USER = {"user_id": "int64", "name": "str", "tier": "category", "risk_score": "float64", "position_limit": "int64"}
TRADE = {"trade_id": "int64", "user_id": "int64", "symbol": "str", "quantity": "int64", "price": "float64"}
TRADE["amount"] = "float64"
ADDED = [name for name in USER if name != "user_id"]
NOBODY = dict.fromkeys(ADDED)
SIZES = [1, 10, 100, 1000, 10_000]
BATCHES = {"batch": {"quick": [1000], "default": SIZES, "production": SIZES}}


@cache
def users():
    rng = random.Random(1)
    tiers = ["bronze", "silver", "gold", "platinum"]
    values = ((i, f"User number {i}", rng.choice(tiers), rng.random(), 1000 * rng.randrange(999)) for i in range(USERS))
    return {row[0]: dict(zip(USER, row, strict=True)) for row in values}


@cache
def trades(n):
    rng = random.Random(n)
    records = []
    for i in range(n):
        user, quantity, price = rng.randrange(round(USERS / 0.95)), rng.randrange(1, 1000), rng.randrange(50_000) / 100
        row = i, user, f"SYM{rng.randrange(100):03d}", quantity, price, quantity * price
        records.append(dict(zip(TRADE, row, strict=True)))
    return records


def enrich(trade, table):
    """The peer of a join of one record."""
    user = table.get(trade["user_id"], NOBODY)
    enriched = dict(trade)
    for name in ADDED:
        enriched[name] = user[name]
    return enriched


def lists_of(trades):
    return {name: [trade[name] for trade in trades] for name in TRADE}


def enrich_lists(trades, table):
    """The peer of a join in batches: the same enriched columns, as lists."""
    users = [table.get(user_id, NOBODY) for user_id in trades["user_id"]]
    return trades | {name: [user[name] for user in users] for name in ADDED}


def table():
    return Table.from_records(list(users().values()), USER, key="user_id")


def polars_frame(columns, schema):
    import polars as pl

    types = {"int64": pl.Int64, "float64": pl.Float64, "str": pl.String, "category": pl.Categorical}
    return pl.DataFrame(columns, schema={name: types[type_] for name, type_ in schema.items()})


def enriching(function, *arguments, n, answer=None):
    expected = [enrich(trade, users()) for trade in trades(n)]
    return Op(function, *arguments, items=n, unit="record", answer=answer, expected=expected)


def records_of(lists):
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


@case(group="join/record")
def join():
    join = table().join
    expected = [enrich(trade, users()) for trade in trades(1000)]
    return Op.each(lambda trade: join(trade, "user_id"), trades(1000), unit="record", expected=expected)


@join.baseline
def dict_record():
    stored, expected = users(), [enrich(trade, users()) for trade in trades(1000)]
    return Op.each(lambda trade: enrich(trade, stored), trades(1000), unit="record", expected=expected)


@case(group="join/columns", name="join", params=BATCHES)
def join_columns(batch):
    stream = Columns.from_records(trades(batch), TRADE)
    return enriching(table().join, stream, "user_id", n=batch, answer=Columns.to_dicts)


@join_columns.baseline(name="dict_loop")
def dict_columns(batch):
    return enriching(enrich_lists, lists_of(trades(batch)), users(), n=batch, answer=records_of)


@case(group="join/json", name="join", params=BATCHES)
def join_json(batch):
    """From the values as they come from Kafka."""
    stored, values = table(), BinaryColumn.from_values(json.dumps(trade) for trade in trades(batch))
    join = lambda values: stored.join(Columns.from_json(values, TRADE), "user_id")  # noqa: E731
    return enriching(join, values, n=batch, answer=Columns.to_dicts)


@join_json.baseline(name="json_loads")
def dict_json(batch):
    stored, values = users(), [json.dumps(trade).encode() for trade in trades(batch)]
    join = lambda values: [enrich(json.loads(value), stored) for value in values]  # noqa: E731
    return enriching(join, values, n=batch)


if data.installed("polars"):

    @join_columns.baseline(name="polars")
    def polars_columns(batch):
        stream, stored = polars_frame(lists_of(trades(batch)), TRADE), polars_frame(list(users().values()), USER)
        join = lambda stream: stream.join(stored, on="user_id", how="left", maintain_order="left")  # noqa: E731
        return enriching(join, stream, n=batch, answer=lambda frame: frame.to_dicts())


if __name__ == "__main__":
    main()
