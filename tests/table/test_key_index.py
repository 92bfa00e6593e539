"""KeyIndex against a dict and a list: rows are dense, and the last one moves into the hole that a deletion leaves."""

import contextlib
import random
import threading
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from fastpaths import BinaryColumn, KeyIndex

INT64 = st.integers(-5, 5) | st.integers(-(2**63), 2**63 - 1)
TEXT = st.text("aé€", max_size=3) | st.sampled_from(["x" * n for n in (11, 12, 13, 14)]) | st.text(max_size=40)
KEYS = {"int64": INT64, "str": TEXT, "bytes": TEXT.map(str.encode)}
TYPES = pytest.mark.parametrize("type", KEYS)


def key(type, i):
    """Key number i: short ones and, for i divisible by three, ones that their view does not tell apart."""
    text = f"a rather long key, number {i:015}" if i % 3 == 0 else f"key {i}"
    return {"int64": i * 7919 - 5, "str": text, "bytes": text.encode()}[type]


def bulk(type, keys):
    """The keys as find_many and insert_many take them without a Python object a key."""
    return np.array(keys, np.int64) if type == "int64" else BinaryColumn.from_values(keys)


@pytest.mark.parametrize("module", ["arena", "hash_table", "hashing", "key_index", "keys", "lock", "search", "store"])
def test_compiled(module):
    assert import_module(f"fastpaths.table.{module}").__file__.endswith(tuple(EXTENSION_SUFFIXES))


class Machine(RuleBasedStateMachine):
    """The same operations on a KeyIndex, and on a dict of rows with the list of keys that those number."""

    type: str

    def __init__(self):
        super().__init__()
        self.index = KeyIndex(self.type)
        self.keys = []
        self.rows = {}

    def model_insert(self, key):
        if key not in self.rows:
            self.rows[key] = len(self.keys)
            self.keys.append(key)
        return self.rows[key]

    @rule(data=st.data())
    def insert(self, data):
        key = data.draw(KEYS[self.type])
        assert self.index.insert(key) == self.model_insert(key)

    @rule(data=st.data(), in_bulk=st.booleans())
    def insert_many(self, data, in_bulk):
        keys = data.draw(st.lists(KEYS[self.type], max_size=40))
        rows = self.index.insert_many(bulk(self.type, keys) if in_bulk else keys)
        assert rows.dtype == np.int64
        assert rows.tolist() == [self.model_insert(key) for key in keys]

    @rule(data=st.data())
    def delete(self, data):
        key = data.draw(st.sampled_from(self.keys) if self.keys else KEYS[self.type])
        assert self.index.delete(key) == self.rows.get(key, -1)
        if key in self.rows:
            last = self.keys.pop()
            row = self.rows.pop(key)
            if last != key:
                self.keys[row] = last
                self.rows[last] = row

    @rule()
    def clear(self):
        self.index.clear()
        self.keys.clear()
        self.rows.clear()
        assert self.index.nbytes == KeyIndex(self.type).nbytes

    @rule(data=st.data())
    def find(self, data):
        keys = data.draw(st.lists(KEYS[self.type], max_size=100)) + self.keys
        rows = [self.rows.get(key, -1) for key in keys]
        assert [self.index.find(key) for key in keys] == rows
        assert [key in self.index for key in keys] == [row >= 0 for row in rows]
        for many in (keys, tuple(keys), bulk(self.type, keys)):
            assert self.index.find_many(many).tolist() == rows

    @invariant()
    def dense(self):
        assert len(self.index) == len(self.keys)
        assert list(self.index) == self.keys
        assert [self.index.key(row) for row in range(len(self.keys))] == self.keys


class Int64Machine(Machine):
    type = "int64"


class StrMachine(Machine):
    type = "str"


class BytesMachine(Machine):
    type = "bytes"


Machine.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestInt64 = Int64Machine.TestCase
TestStr = StrMachine.TestCase
TestBytes = BytesMachine.TestCase


@TYPES
def test_many_keys_in_and_out(type):
    """Enough of them that some share a tag, that runs of full buckets form, and that the index grows often."""
    n = 300_000
    keys = [key(type, i) for i in range(n)]
    absent = bulk(type, [key(type, i) for i in range(n, 2 * n)])
    index = KeyIndex(type)
    assert (index.insert_many(keys) == np.arange(n)).all()
    assert (index.insert_many(bulk(type, keys)) == np.arange(n)).all()
    assert (index.find_many(bulk(type, keys)) == np.arange(n)).all()
    assert (index.find_many(absent) == -1).all()
    gone = random.Random(1).sample(keys, n - 1000)
    assert all(index.delete(key) >= 0 for key in gone)
    assert (index.find_many(gone) == -1).all()
    assert set(index) == set(keys) - set(gone)
    assert index.find_many(list(index)).tolist() == list(range(1000))


def test_churn_leaves_nothing_behind():
    index = KeyIndex("int64", capacity=100_000)
    index.insert_many(np.arange(100_000))
    for i in range(300_000):
        index.delete(i)
        index.insert(i + 100_000)
    assert index._displaced < 0.06 * len(index)
    for i in range(300_000, 400_000):
        index.delete(i)
    assert index._displaced == 0


@TYPES
def test_full_last_bucket(type):
    """Of indexes this small one in a hundred fills its last bucket, and goes on in the first."""
    rng = random.Random(1)
    for _ in range(3000):
        keys = [key(type, rng.randrange(2**40)) for _ in range(10)]
        index = KeyIndex(type, capacity=9)
        index.insert_many(keys)
        assert index.find_many(keys).tolist() == list(range(10))
        for i in range(10):
            assert index.delete(keys[i]) >= 0
            assert (index.find_many(keys) >= 0).tolist() == [False] * (i + 1) + [True] * (9 - i)


@TYPES
def test_others_change_the_index_while_find_many_runs(type):
    """Every find_many sees the index as it was at one moment: the keys that stay keep their rows throughout."""
    stay = [key(type, i) for i in range(20_000)]
    come_and_go = [key(type, i) for i in range(20_000, 30_000)]
    index = KeyIndex(type)
    index.insert_many(stay)
    done = threading.Event()
    answers = []

    def find():
        keys = bulk(type, stay + come_and_go)
        try:
            while not done.is_set():
                answers.append(index.find_many(keys))
        finally:
            done.set()

    readers = [threading.Thread(target=find) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(20):
        index.insert_many(come_and_go)  # grows
        for leaving in reversed(come_and_go):  # compacts
            index.delete(leaving)
    assert not done.is_set()
    done.set()
    for reader in readers:
        reader.join()
    assert answers
    for rows in answers:
        assert (rows[: len(stay)] == np.arange(len(stay))).all()
        assert rows[len(stay) :].max() < len(stay) + len(come_and_go)


@TYPES
def test_find_many_lets_others_run(type, gives_up_the_gil):
    keys = bulk(type, [key(type, i) for i in range(50_000)])
    index = KeyIndex(type)
    index.insert_many(keys)
    assert gives_up_the_gil(lambda: index.find_many(keys))


def test_others_change_the_list_while_insert_many_waits():
    index = KeyIndex("str")
    index.insert_many([key("str", i) for i in range(20_000)])
    everything = bulk("str", list(index))
    keys = []
    done = threading.Event()

    def find():
        while not done.is_set():
            index.find_many(everything)

    def change():
        while not done.is_set():
            keys.extend(key("str", i) for i in range(20_000, 20_100))
            keys.clear()

    others = [threading.Thread(target=target) for target in (find, find, change)]
    for other in others:
        other.start()
    for _ in range(300):
        with contextlib.suppress(RuntimeError):  # keys changed size during the call
            assert index.insert_many(keys).max(initial=0) < 20_100
    done.set()
    for other in others:
        other.join()
    assert list(index)[:20_000] == [key("str", i) for i in range(20_000)]


def test_iteration_notices_a_change():
    index = KeyIndex("int64")
    index.insert_many([1, 2, 3])
    keys = iter(index)
    next(keys)
    index.delete(1)
    with pytest.raises(RuntimeError, match="changed size during iteration"):
        next(keys)


@TYPES
def test_empty_and_one(type):
    index = KeyIndex(type)
    one = key(type, 0)
    assert (len(index), list(index), one in index, index.find(one), index.delete(one)) == (0, [], False, -1, -1)
    for nothing in ([], (), bulk(type, [])):
        assert index.find_many(nothing).tolist() == index.insert_many(nothing).tolist() == []
    assert [index.insert(one), index.insert(one), index.delete(one), index.delete(one)] == [0, 0, 0, -1]
    assert index.find_many([one]).tolist() == [-1]


def test_capacity():
    index = KeyIndex("int64", capacity=1000)
    before = index.nbytes
    index.insert_many(range_list := list(range(1000)))
    assert index.nbytes == before
    assert index.find_many(range_list).tolist() == range_list
    for wrong, error in ((-1, ValueError), (2**31, ValueError), (2**64, OverflowError)):
        with pytest.raises(error):
            KeyIndex("int64", capacity=wrong)


def test_refuses_other_types_and_rows():
    for wrong in ("int32", None, 1):
        with pytest.raises(ValueError, match="type must be one of int64, str, bytes, timestamp, found"):
            KeyIndex(wrong)
    index = KeyIndex("str")
    index.insert("a")
    for row in (1, -1):
        with pytest.raises(IndexError, match=f"row {row} of an index of 1 keys"):
            index.key(row)


def test_repr():
    assert repr(KeyIndex("str")) == "<KeyIndex of 0 str keys>"
