"""Table against a dict of dicts and sqlite3, through everything that can happen to it; what was exported stays as it
was."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fastpaths import BinaryColumn, Columns, Table

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXT = st.text("aé€", max_size=3) | st.sampled_from(["x" * n for n in (11, 12, 13, 14, 100)]) | st.text(max_size=30)
VALUES = {
    "n": ("int64", st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1)),
    "x": ("float64", st.sampled_from([0.0, 1.5, -2.25]) | st.floats(allow_nan=False)),
    "b": ("bool", st.booleans()),
    "s": ("str", TEXT),
    "y": ("bytes", TEXT.map(str.encode)),
    "c": ("category", st.sampled_from(["red", "green", "", "a rather long category"]) | TEXT),
    "t": ("timestamp", st.integers(-(10**16), 10**16).map(lambda us: EPOCH + timedelta(0, 0, us))),
    "d": ("decimal(2)", st.integers(-500, 500).map(lambda units: Decimal(units).scaleb(-2))),
}
KEYS = {
    "int64": st.integers(0, 30),
    "str": st.integers(0, 30).map("key number {:02}".format),
    "bytes": st.integers(0, 30).map(b"%d".__mod__),
    "timestamp": st.integers(0, 30).map(lambda days: EPOCH + timedelta(days)),
}
FIELDS = st.fixed_dictionaries({}, optional={name: st.none() | values for name, (_, values) in VALUES.items()})
BAD = {
    "n": 2**63,
    "x": "1",
    "b": 1,
    "s": b"a",
    "y": "a",
    "c": "\ud800",
    "t": datetime(2020, 1, 1),
    "d": Decimal("0.001"),
}


def plain(value):
    """As sqlite3 has it."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(0, 0, 1)
    return int(value.scaleb(2)) if isinstance(value, Decimal) else value


class Machine(RuleBasedStateMachine):
    key: str

    @initialize()
    def start(self):
        self.schema = {"n": "int64", "key": self.key, **{name: type for name, (type, _) in VALUES.items()}}
        self.table = Table(self.schema, "key")
        self.model = {}
        self.exports = []

    def full(self, key, fields):
        return {**dict.fromkeys(self.schema), **fields, "key": key}

    def put(self, records):
        for record in records:
            self.model[record["key"]] = self.full(record["key"], record)

    def some_key(self, data):
        return data.draw(st.sampled_from(sorted(self.model)) if self.model else KEYS[self.key])

    def draw_records(self, data):
        return [{**data.draw(FIELDS), "key": key} for key in data.draw(st.lists(KEYS[self.key], max_size=12))]

    @rule(data=st.data(), fields=FIELDS)
    def upsert(self, data, fields):
        record = {**fields, "key": data.draw(KEYS[self.key])}
        self.table.upsert(record)
        self.put([record])

    @rule(data=st.data(), as_columns=st.booleans())
    def upsert_many(self, data, as_columns):
        records = self.draw_records(data)
        rows = self.table.upsert_many(Columns.from_records(records, self.schema) if as_columns else records)
        self.put(records)
        assert rows.tolist() == [self.table.find(record["key"]) for record in records]

    @rule(data=st.data(), name=st.sampled_from(sorted(BAD)), many=st.booleans())
    def refuse(self, data, name, many):
        records = [*self.draw_records(data), {"key": data.draw(KEYS[self.key]), name: BAD[name]}]
        with pytest.raises((ValueError, TypeError, OverflowError), match=f"column '{name}'"):
            self.table.upsert_many(records) if many else self.table.upsert(records[-1])

    @rule(data=st.data())
    def delete(self, data):
        key = self.some_key(data)
        assert self.table.delete(key) is (self.model.pop(key, None) is not None)

    @rule(data=st.data())
    def delete_many(self, data):
        keys = data.draw(st.lists(KEYS[self.key], max_size=12))
        assert self.table.delete_many(keys) == len(self.model.keys() & set(keys))
        for key in keys:
            self.model.pop(key, None)

    @rule(data=st.data())
    def apply(self, data):
        records = self.draw_records(data)
        is_null = [data.draw(st.booleans()) for _ in records]
        values = [None if null else str(i) for i, null in enumerate(is_null)]

        def decode(column):
            return [records[int(i)] for i in column]

        self.table.apply([record["key"] for record in records], BinaryColumn.from_values(values), decode)
        for record, null in zip(records, is_null, strict=True):
            self.model.pop(record["key"], None)
            if not null:
                self.put([record])

    @rule(name=st.sampled_from(sorted(VALUES)))
    def create_index(self, name):
        self.table.create_index(name)

    @rule(name=st.sampled_from(sorted(VALUES)))
    def drop_index(self, name):
        self.table.drop_index(name)

    @rule()
    def export(self):
        if len(self.exports) < 3:
            page = self.table.page(0, len(self.table))
            self.exports.append((page, page.to_dicts()))

    @rule()
    def forget_exports(self):
        self.exports.clear()

    @rule(data=st.data())
    def look_up(self, data):
        keys = [*data.draw(st.lists(KEYS[self.key], max_size=8)), *self.model]
        rows = self.table.find_many(keys)
        assert rows.tolist() == [self.table.find(key) for key in keys]
        assert [key in self.table for key in keys] == [key in self.model for key in keys]
        assert [self.table.get(key) for key in keys] == [self.model.get(key) for key in keys]
        nothing = dict.fromkeys(self.schema)
        assert self.table.take(rows).to_dicts() == [self.model.get(key, nothing) for key in keys]

    @rule(data=st.data(), inner=st.booleans())
    def join(self, data, inner):
        keys = [*data.draw(st.lists(st.none() | KEYS[self.key], max_size=8)), *self.model]
        names = data.draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True))
        stream = [{"id": i, "of": key} for i, key in enumerate(keys)]
        wanted = [
            {**record, **{name: self.model.get(record["of"], {}).get(name) for name in names}}
            for record in stream
            if record["of"] in self.model or not inner
        ]
        how = "inner" if inner else "left"
        columns = Columns.from_records(stream, {"id": "int64", "of": self.key})
        assert self.table.join(columns, "of", names, how).to_dicts() == wanted
        one_by_one = [self.table.join(record, "of", names, how) for record in stream]
        assert [record for record in one_by_one if record is not None] == wanted

    @rule(data=st.data(), name=st.sampled_from(sorted(VALUES)), operator=st.sampled_from(["=", "<>", "<", ">="]))
    def where(self, data, name, operator):
        present = [record[name] for record in self.model.values() if record[name] is not None]
        value = data.draw(st.sampled_from(present)) if present else data.draw(VALUES[name][1])
        predicate = f"{name} {operator} :value"
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(f"CREATE TABLE t ({', '.join(self.schema)})")
            rows = [[plain(value) for value in record.values()] for record in self.model.values()]
            connection.executemany(f"INSERT INTO t VALUES ({', '.join('?' * len(self.schema))})", rows)
            found = connection.execute(f"SELECT key FROM t WHERE {predicate}", {"value": plain(value)})
            keys = {key for (key,) in found}
        wanted = [record for record in self.model.values() if plain(record["key"]) in keys]
        rows = self.table.where(predicate, {"value": value})
        assert rows.tolist() == sorted(rows)
        assert {record["key"] for record in self.table.take(rows).to_dicts()} == {record["key"] for record in wanted}
        decimals = [record["d"] for record in wanted if record["d"] is not None]
        assert self.table.sum("d", predicate, {"value": value}) == (sum(decimals) if decimals else None)
        scanned = self.table.scan(3, ["key"], predicate, {"value": value})
        assert [record for part in scanned for record in part.to_dicts()] == self.table.take(rows, ["key"]).to_dicts()
        if operator == "=" and name in self.table.indexes:
            assert f"rows by index={len(wanted)}" in self.table.explain(predicate, {"value": value})

    @invariant()
    def same(self):
        if hasattr(self, "table"):
            assert len(self.table) == len(self.model)
            assert {record["key"]: record for record in self.table.page(0, 1000).to_dicts()} == self.model
            assert sorted(self.table) == sorted(self.model)

    @invariant()
    def exports_stay(self):
        for page, records in getattr(self, "exports", ()):
            assert page.to_dicts() == records


class Int64Machine(Machine):
    key = "int64"


class StrMachine(Machine):
    key = "str"


class BytesMachine(Machine):
    key = "bytes"


class TimestampMachine(Machine):
    key = "timestamp"


Machine.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestInt64 = Int64Machine.TestCase
TestStr = StrMachine.TestCase
TestBytes = BytesMachine.TestCase
TestTimestamp = TimestampMachine.TestCase
