"""A table that one thread changes while others read it: every read sees one moment of it.

Under ThreadSanitizer, with gcc on Linux, in an environment of its own:

    CFLAGS=-fsanitize=thread pip install . pytest pytest-xdist hypothesis pyarrow
    LD_PRELOAD=$(cc -print-file-name=libtsan.so) setarch -R pytest --import-mode=importlib tests/table/test_threads.py
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from fastpaths import BinaryColumn, Columns, Table

STAY, COME = 20_000, 5_000  # rows that are always there, and those that come and go: more than enough to free the GIL
ROUNDS = 30
SCHEMA = {"key": "str", "id": "int64", "double": "int64", "kind": "category", "note": "str"}


def rows_of(numbers):
    """Of which every row can be told to be whole."""
    return Columns(
        {
            "key": [f"key {i}" for i in numbers],
            "id": list(numbers),
            "double": [2 * i for i in numbers],
            "kind": [("stays", "comes")[i >= STAY] for i in numbers],
            "note": [f"a note that is too long for its view: {i}" for i in numbers],
        },
        SCHEMA,
    )


def check(columns):
    ids = columns["id"].to_numpy()
    np.testing.assert_array_equal(columns["double"].to_numpy(), 2 * ids)
    assert columns["note"][0].endswith(f": {ids[0]}")
    assert columns["note"][len(ids) - 1].endswith(f": {ids[-1]}")


def change(table):
    for round_ in range(ROUNDS):
        guests = range(STAY + round_ * COME, STAY + (round_ + 1) * COME)
        table.upsert_many(rows_of(guests))
        if round_ % 3 == 0:
            table.create_index("kind")
        table.upsert({"key": "key 7", "id": 7, "double": 14, "kind": "stays", "note": "once more: 7"})
        table.delete_many([f"key {i}" for i in guests])
        if round_ % 3 == 0:
            table.drop_index("kind")


def find(table):
    keys = BinaryColumn.from_values(f"key {i}" for i in range(STAY))
    columns = table.join(Columns({"k": keys}), "k")
    np.testing.assert_array_equal(columns["id"].to_numpy(), np.arange(STAY))
    check(columns)
    assert (table.find_many(keys) >= 0).all()


def select(table):
    assert len(table.where("kind = 'stays' AND double >= 0")) == STAY
    assert table.sum("double", where="kind = 'stays'") == STAY * (STAY - 1)
    assert table.max("note", where="id = 8").endswith(": 8")


def scan(table):
    batches = list(table.scan(7000))
    for batch in batches:
        check(batch)
    assert STAY <= sum(map(len, batches)) <= STAY + COME


def export(table):
    pa = pytest.importorskip("pyarrow")
    exported = pa.table(table)
    assert exported["double"].to_pylist() == [2 * i for i in exported["id"].to_pylist()]


@pytest.mark.parametrize("read", [find, select, scan, export])
def test_every_read_sees_one_moment(read):
    table = Table(SCHEMA, key="key")
    table.upsert_many(rows_of(range(STAY)))
    done, started = threading.Event(), threading.Barrier(3)

    def reading():
        started.wait()
        times = 0
        while not done.is_set() or not times:
            read(table)
            times += 1
        return times

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(reading) for _ in range(2)]
        try:
            started.wait()
            change(table)
        finally:
            done.set()
        assert all(reader.result() for reader in readers)
    assert len(table) == STAY
    check(table.take(np.arange(STAY)))
