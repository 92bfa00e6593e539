"""Memory of a KeyIndex: counted exactly, given back, kept in bounds, and missed without harm."""

import gc
import tracemalloc

import numpy as np
import pytest

from fastpaths import BinaryColumn, KeyIndex

FEW = 1000  # bytes: what Python itself needs meanwhile


def long_key(i):
    return f"{i}, a key that does not lie in its view"


@pytest.mark.parametrize("type", ["int64", "str", "bytes"])
def test_nbytes_is_exact_and_all_of_it_goes(type):
    texts = [long_key(i) for i in range(5000)]
    keys = {"int64": list(range(5000)), "str": texts, "bytes": [text.encode() for text in texts]}[type]

    def live():
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    def use():
        """How far nbytes is from what was allocated."""
        before = live()
        index = KeyIndex(type)
        index.insert_many(keys)
        yield live() - before - index.nbytes
        for key in keys[:4000]:
            index.delete(key)
        yield live() - before - index.nbytes
        index.clear()
        yield live() - before - index.nbytes
        index.insert_many(keys)

    tracemalloc.start()
    try:
        list(use())  # whatever is allocated only once
        before = live()
        assert all(abs(wrong) < FEW for wrong in use())
        assert abs(live() - before) < FEW
    finally:
        tracemalloc.stop()


def test_changing_keys_do_not_grow_the_index():
    """At most half of what is allocated for text, and views, is garbage; compacting that changes no key."""
    index = KeyIndex("str")
    for i in range(20_000):
        index.insert(long_key(i))
        if i >= 100:
            index.delete(long_key(i - 100))
            assert index.nbytes < 50_000
            if i % 37 == 0:
                assert set(index) == {long_key(j) for j in range(i - 99, i + 1)}


def test_compacting_many_blocks():
    keys = [long_key(i) for i in range(20_000)]
    index = KeyIndex("str")
    index.insert_many(keys)
    before = index.nbytes
    for key in keys[:-10]:
        index.delete(key)
    assert set(index) == set(keys[-10:])
    assert index.insert_many(keys).max() == len(keys) - 1
    assert set(index) == set(keys)
    assert index.nbytes < 1.5 * before


def test_long_values_of_all_sizes():
    keys = [b"x" * n for n in (*range(30), 1000, 2000, 10_000, 100, 1_000_000, 50)]
    index = KeyIndex("bytes")
    assert index.insert_many(keys).tolist() == list(range(len(keys)))
    for key in keys[::2]:
        index.delete(key)
    assert sorted(index) == sorted(keys[1::2])
    assert (index.find_many(BinaryColumn.from_values(keys)) >= 0).tolist() == [False, True] * (len(keys) // 2)


@pytest.mark.parametrize("type", ["int64", "str"])
def test_without_memory_nothing_changes(type):
    """Every allocation fails in turn: MemoryError, and the index is what it was."""
    testcapi = pytest.importorskip("_testcapi")
    old = list(range(100)) if type == "int64" else [long_key(i) for i in range(100)]
    new = list(range(100, 5000)) if type == "int64" else [long_key(i) for i in range(100, 5000)]
    many = np.array(new) if type == "int64" else BinaryColumn.from_values(new)
    failures = 0
    for allowed in range(200):
        index = KeyIndex(type)
        index.insert_many(old)
        insert_many = index.insert_many
        try:
            testcapi.set_nomemory(allowed, 0)
            try:
                insert_many(many)
            finally:
                testcapi.remove_mem_hooks()
        except MemoryError:
            failures += 1
            assert list(index) == old
            assert index.find_many(many).max() == -1
            index.insert_many(many)
            assert list(index) == old + new
        else:
            break
    assert failures > 3
    assert list(index) == old + new
