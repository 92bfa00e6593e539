"""What an index takes for a key, and what it refuses, saying where."""

from enum import IntEnum

import numpy as np
import pytest

from fastpaths import BinaryColumn, KeyIndex
from fastpaths.columns.column import Column
from fastpaths.columns.types import Type

SURROGATE = "\ud800"


class Level(IntEnum):
    LOW = 1


class Text(str):
    __slots__ = ()


def filled(type, *keys):
    index = KeyIndex(type)
    index.insert_many(keys)
    return index


def test_integers_of_other_kinds():
    index = filled("int64", 1, 2**63 - 1, -(2**63))
    assert [index.find(one) for one in (1, Level.LOW, np.int64(1), np.uint8(1), np.int16(-1))] == [0, 0, 0, 0, -1]
    assert index.find_many([np.int64(1), Level.LOW, 2**63 - 1, -(2**63)]).tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i8", ">i4"])
def test_numpy_integers(dtype):
    index = filled("int64", *range(0, 100, 2))
    array = np.arange(100, dtype=dtype)
    rows = [i // 2 if i % 2 == 0 else -1 for i in range(100)]
    assert index.find_many(array).tolist() == rows
    assert index.find_many(array[::-3]).tolist() == rows[::-3]


def test_str_of_other_kinds():
    index = filled("str", "a", "é", "€" * 10, "\0")
    assert [index.find(text) for text in ("a", Text("a"), "é", "€" * 10, "\0", "")] == [0, 0, 1, 2, 3, -1]
    assert index.find_many([Text("é"), "\0\0"]).tolist() == [1, -1]


def test_column_of_utf8_probes_a_str_index():
    index = filled("str", "é", "€ and much more than that", "")
    invalid = ["é".encode("latin-1"), b"\xed\xa0\x80", b"\xff and much more than that"]
    column = BinaryColumn.from_values(["€ and much more than that", *invalid, "é", ""])
    assert index.find_many(column).tolist() == [1, -1, -1, -1, 0, 2]
    for bad in invalid:
        with pytest.raises(ValueError, match=r"keys\[2\] of a str index is not valid UTF-8"):
            index.insert_many(BinaryColumn.from_values(["new", "also new", bad]))
    assert list(index) == ["é", "€ and much more than that", ""]


@pytest.mark.parametrize(
    ("type", "good", "bad", "error", "message"),
    [
        ("int64", 1, True, TypeError, "must be an int, found bool"),
        ("int64", 1, np.True_, TypeError, "must be an int, found bool"),
        ("int64", 1, 1.0, TypeError, "must be an int, found float"),
        ("int64", 1, "1", TypeError, "must be an int, found str"),
        ("int64", 1, None, TypeError, "must be an int, found NoneType"),
        ("int64", 1, 2**70, OverflowError, "must fit in an int64, found an int of 71 bits"),
        ("int64", 1, -(2**63) - 1, OverflowError, "must fit in an int64"),
        ("int64", 1, np.uint64(2**63), OverflowError, "must fit in an int64, found an int of 64 bits"),
        ("str", "a", b"a", TypeError, "of a str index must be str, found bytes"),
        ("str", "a", None, TypeError, "found NoneType"),
        ("str", "a", 1, TypeError, "found int"),
        ("str", "a", SURROGATE, ValueError, "is not valid Unicode"),
        ("bytes", b"a", "a", TypeError, "of a bytes index must be bytes, found str"),
        ("bytes", b"a", bytearray(b"a"), TypeError, "found bytearray"),
    ],
)
def test_refused(type, good, bad, error, message):
    """By every method, changing nothing, and naming the position where there are many."""
    index = filled(type, good)
    for method in (index.find, index.insert, index.delete, index.__contains__):
        with pytest.raises(error, match=f"key .*{message}"):
            method(bad)
    many = [good] * 100
    many[70] = bad
    for method in (index.find_many, index.insert_many):
        for keys in (many, tuple(many)):
            with pytest.raises(error, match=rf"keys\[70\] .*{message}"):
                method(keys)
    assert list(index) == [good]


def test_huge_keys_are_refused():
    with pytest.raises(OverflowError, match=r"keys\[1\] .* an int of 16610 bits"):
        KeyIndex("int64").find_many([1, 10**5000])
    with pytest.raises(ValueError, match=r"keys\[1\] has 2147483648 bytes; at most 2147483647 are possible"):
        KeyIndex("bytes").find_many([b"a", bytes(2**31)])  # never touched, so it takes no memory


def test_failed_insert_many_inserts_none():
    index = filled("str", "a")
    new = [f"new {i}" for i in range(1000)]
    with pytest.raises(ValueError, match=r"keys\[1000\]"):
        index.insert_many([*new, SURROGATE])
    assert list(index) == ["a"]
    assert index.find_many(new).max() == -1


def test_uint64_beyond_int64_is_named():
    keys = np.arange(10, dtype=np.uint64)
    keys[7] = 2**63
    for method in (KeyIndex("int64").find_many, KeyIndex("int64").insert_many):
        with pytest.raises(OverflowError, match=r"keys\[7\] must fit in an int64"):
            method(keys)


@pytest.mark.parametrize("type", ["int64", "str", "bytes"])
def test_containers_refused(type):
    index = KeyIndex(type)
    wrong = [None, 1, "text", b"bytes", {1}, iter([]), np.int64(1), np.array(1), np.zeros((2, 2), int)]
    wrong += [np.zeros(2), np.zeros(2, bool), np.array(["a"]), np.array([None])]
    wrong += [BinaryColumn.from_values([])] if type == "int64" else [np.zeros(2, int)]
    for keys in wrong:
        for method in (index.find_many, index.insert_many):
            with pytest.raises(TypeError, match=f"keys of an? {type} index must be|not be None"):
                method(keys)


def test_a_list_that_lies_about_its_size():
    class Liar(list):
        def __len__(self):
            return 1000

    for type, key in (("str", "a"), ("bytes", b"a")):
        with pytest.raises(RuntimeError, match="keys changed size during the call, from 1000 to 1"):
            KeyIndex(type).find_many(Liar([key]))
    with pytest.raises(IndexError):
        KeyIndex("int64").insert_many(Liar([1]))


def test_a_list_that_shrinks_while_it_is_read():
    class Sneaky:
        __class__ = np.int64

        def __index__(self):
            keys.clear()
            return 1

    keys = [Sneaky(), *range(100)]
    with pytest.raises(IndexError):
        KeyIndex("int64").find_many(keys)


@pytest.mark.parametrize(
    ("values", "length", "message"),
    [
        ([1, 2], 2, "found list"),
        (np.arange(3), 5, "takes 5 values, found 3"),
        (np.arange(2.0), 2, "found float64"),
        (np.arange(4).reshape(2, 2), 2, "2 dimensions"),
    ],
)
def test_a_column_whose_parts_are_wrong(values, length, message):
    index = KeyIndex("int64")
    index.insert_many([1, 2])
    with pytest.raises((TypeError, ValueError), match=message):
        index.find_many(Column(Type("int64"), length, values))


def test_a_column_over_every_other_value():
    index = KeyIndex("int64")
    index.insert_many(np.arange(10))
    np.testing.assert_array_equal(index.find_many(Column(Type("int64"), 3, np.arange(6)[::2])), [0, 2, 4])
