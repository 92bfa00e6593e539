"""Memory of a Table: counted exactly, given back, kept in bounds, and missed without harm."""

import gc
import tracemalloc

import numpy as np
import pytest

from fastpaths import BinaryColumn, Columns, Table

FEW = 5000  # bytes: what Python itself needs meanwhile
SCHEMA = {"key": "str", "n": "int64", "x": "float64", "b": "bool", "s": "str", "y": "bytes", "c": "category"}


def record(i, version=0):
    text = f"{i}, a text that does not lie in its view, in version {version}"
    nothing = version and i % 7 == 0
    return {
        "key": f"{i}, a key that does not lie in its view",
        "n": None if nothing else i % 50,
        "x": float(i),
        "b": i % 3 == 0,
        "s": None if nothing else text,
        "y": text.encode() if i % 2 else b"short",
        "c": f"category {i % 100}",
    }


def live():
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.fixture
def traced():
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_nbytes_is_exact_and_all_of_it_goes(traced):
    n = 3000
    columns = Columns.from_records([record(i) for i in range(n)], SCHEMA)
    changed = Columns.from_records([record(i, 1) for i in range(n)], SCHEMA)

    def use():
        """How far nbytes is from what is allocated, but for the objects that an empty table consists of as well."""
        table = Table(SCHEMA, "key")
        for name in ("n", "x", "b", "s", "c"):
            table.create_index(name)
        empty = live() - table.nbytes
        for change in (
            lambda: table.upsert_many(columns),
            lambda: table.upsert_many(changed),
            lambda: [table.upsert(record(i, 2)) for i in range(0, n, 3)],
            lambda: [table.delete(record(i)["key"]) for i in range(0, n, 2)],
            lambda: table.create_index("y"),
            lambda: table.drop_index("s"),
            lambda: table.delete_many([record(i)["key"] for i in range(n)]),
        ):
            change()
            yield live() - table.nbytes - empty

    list(use())  # whatever is allocated only once
    before = live()
    assert all(abs(wrong) < FEW for wrong in use())
    assert abs(live() - before) < FEW


def test_tables_come_and_go(traced):
    columns = Columns.from_records([record(i) for i in range(500)], SCHEMA)

    def use():
        table = Table.from_records([record(i) for i in range(50)], SCHEMA, key="key")
        table.create_index("n")
        table.upsert_many(columns)
        rows = table.where("n = 3 AND s LIKE '%text%'")
        exports = [table.page(0, 100), table.take(rows), table.column("s"), table.join(columns, "key", [])]
        table.delete_many(columns["key"])
        return table.nbytes, exports

    for _ in range(3):
        nbytes = use()[0]
    before = live()
    for _ in range(100):
        use()
    assert live() - before < nbytes  # of one table


@pytest.mark.parametrize("kind", ["str", "bytes", "category"])
def test_new_strings_for_the_same_keys_do_not_grow_the_table(kind):
    table = Table({"key": "int64", "s": kind}, "key")
    table.create_index("s")
    keys = np.arange(500)
    most = 0
    for version in range(50):
        texts = [f"{key}, a text that does not lie in its view, in version {version}" for key in keys]
        if version % 3 == 0:
            for key, text in zip(keys, texts, strict=True):
                table.upsert({"key": key, "s": text if kind != "bytes" else text.encode()})
        else:
            table.upsert_many(Columns({"key": keys, "s": BinaryColumn.from_values(texts)}))
        if version < 20:
            most = max(most, 1.1 * table.nbytes)
        assert table.nbytes < most
        rows = table.take(np.arange(500), ["s"])["s"].to_list()
        assert rows == (texts if kind != "bytes" else [text.encode() for text in texts])
    assert table.where("s = :s", {"s": rows[7]}).tolist() == [7]


@pytest.mark.once
def test_a_million_upserts_of_the_same_keys_do_not_grow_the_table():
    table = Table({"key": "int64", "s": "str", "c": "category"}, "key")
    for i in range(1_000_000):
        table.upsert({"key": i % 1000, "s": f"a rather long text, for the sake of the arena, number {i}", "c": f"{i}"})
        if i == 10_000:
            most = 2 * table.nbytes
    assert table.nbytes < most


CHANGES = {
    "upsert a new row": lambda table: table.upsert(record(1000, 1)),
    "upsert": lambda table: table.upsert(record(7, 1)),
    "upsert_many": lambda table: table.upsert_many(CHANGED),
    "delete": lambda table: table.delete(record(3)["key"]),
    "delete_many": lambda table: table.delete_many(CHANGED["key"]),
    "create_index": lambda table: table.create_index("y"),
    "take": lambda table: table.take(np.arange(len(table))),
    "join": lambda table: table.join(CHANGED, "key", []),
    "where": lambda table: table.where("n = 3 AND x > 7"),
}
CHANGED = Columns.from_records([record(i, 1) for i in range(50, 400)], SCHEMA)


@pytest.mark.parametrize("exported", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_without_memory_nothing_changes(change, exported):
    """Every allocation fails in turn: MemoryError, and the table is what it was."""
    testcapi = pytest.importorskip("_testcapi")
    failures = 0
    for allowed in range(3000):
        table = Table.from_records([record(i) for i in range(100)], SCHEMA, key="key")
        for name in ("n", "s", "c"):
            table.create_index(name)
        table.where("n = 3 AND x > 7")  # a plan is made once
        before = table.page(0, 1000).to_dicts()
        export = table.page(0, 1000) if exported else None
        function = CHANGES[change]
        try:
            testcapi.set_nomemory(allowed, 0)
            try:
                function(table)
            finally:
                testcapi.remove_mem_hooks()
        except MemoryError:
            failures += 1
            assert table.page(0, 1000).to_dicts() == before
            for i in range(5):
                assert table.where("n = :n", {"n": i}).tolist() == [
                    row for row, one in enumerate(before) if one["n"] == i
                ]
            function(table)
        else:
            break
        assert export is None or export.to_dicts() == before
    assert failures > 2
