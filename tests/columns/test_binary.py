"""BinaryColumn against a list of bytes."""

import gc
import weakref
from importlib.machinery import EXTENSION_SUFFIXES
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths import BinaryColumn
from fastpaths.columns import binary

# Lengths around every border of the layout: the prefix (4), what is inlined (12).
VALUES = [b"", b"a", b"abcd", b"abcde", b"abcdefghijkl", b"abcdefghijklm", b"\0" * 12, b"\0" * 13, b"x" * 1000]
values_of_any_length = st.lists(st.binary(max_size=20) | st.binary(min_size=10, max_size=14))


def joined(values, dtype=np.int32):
    """The values as from_offsets takes them, among bytes that belong to none of them."""
    return b"<<" + b"".join(values) + b">>", np.cumsum([2, *map(len, values)], dtype=dtype)


def test_compiled():
    assert binary.__file__.endswith(tuple(EXTENSION_SUFFIXES))


@pytest.fixture(params=["values", "int32 offsets", "int64 offsets", "slice", "steps", "compact"])
def build(request):
    """One way to get a column of the values."""

    def build(values):
        if "offsets" in request.param:
            return BinaryColumn.from_offsets(*joined(values, request.param.split()[0]))
        if request.param == "slice":
            return BinaryColumn.from_values([b"before the first", *values, b"after the last"])[1:-1]
        if request.param == "steps":
            return BinaryColumn.from_values([v for value in reversed(values) for v in (b"in between", value)])[::-2]
        if request.param == "compact":
            return BinaryColumn.from_offsets(*joined(values)).compact()
        return BinaryColumn.from_values(values)

    return build


@pytest.mark.parametrize("values", [[], VALUES[:1], VALUES], ids=["empty", "one", "many"])
def test_reads_as_the_list(build, values):
    column = build(values)
    n = len(values)
    assert len(column) == n
    assert list(column) == values
    assert [column[i] for i in range(-n, n)] == values * 2
    for i in (n, -n - 1, 2**40, -(2**70)):
        with pytest.raises(IndexError):
            column[i]
    with pytest.raises(IndexError, match=f"value {n} of a BinaryColumn of {n} values"):
        column[n]
    with pytest.raises(TypeError):
        column["0"]


@given(values_of_any_length, st.slices(20))
def test_slices(values, where):
    column = BinaryColumn.from_values(values)[where]
    assert isinstance(column, BinaryColumn)
    assert list(column) == values[where]
    assert list(column[where]) == values[where][where]
    assert list(column.compact()) == values[where]


@given(values_of_any_length, values_of_any_length)
def test_equality(a, b):
    for copy in (list(a), b):
        assert (BinaryColumn.from_offsets(*joined(a)) == BinaryColumn.from_values(copy)) == (a == copy)
    assert BinaryColumn.from_values(a) != a


def test_equality_reads_past_the_prefix():
    assert BinaryColumn.from_values([b"same prefix, but A"]) != BinaryColumn.from_values([b"same prefix, but B"])


@given(st.lists(st.text(max_size=20)))
def test_text_is_stored_as_utf8(texts):
    assert list(BinaryColumn.from_values(iter(texts))) == [text.encode() for text in texts]


def test_from_values_refuses():
    for value, error in ((1.5, TypeError), (1, TypeError), (bytearray(b"a"), TypeError), ("\ud800", ValueError)):
        with pytest.raises(error, match=r"values\[1\]"):
            BinaryColumn.from_values(["fine", value])
    with pytest.raises(TypeError):
        BinaryColumn.from_values(7)
    with pytest.raises(TypeError, match="from_values"):
        BinaryColumn()


@given(st.binary(max_size=8), st.lists(st.integers(-2, 10) | st.integers(-(2**31), 2**31 - 1), max_size=6))
def test_offsets_are_not_believed(data, offsets):
    """Any offsets either give the values that slicing gives, or are refused."""
    valid = offsets and offsets == sorted(offsets) and offsets[0] >= 0 and offsets[-1] <= len(data)
    for dtype in (np.int32, np.int64):
        if valid:
            column = BinaryColumn.from_offsets(data, np.array(offsets, dtype))
            assert list(column) == [data[a:b] for a, b in pairwise(offsets)]
        else:
            with pytest.raises(ValueError, match="offsets"):
                BinaryColumn.from_offsets(data, np.array(offsets, dtype))


def test_from_offsets_says_where():
    for offsets, message in (
        ([0, 3, 2], r"offsets\[2\] = 2 is less than offsets\[1\] = 3"),
        ([0, 3, 5], r"offsets\[2\] = 5 is outside the data of 4 bytes"),
        ([-1, 3], r"offsets\[0\] = -1 is outside the data of 4 bytes"),
        ([2**40, 2**40], r"offsets\[0\] = 1099511627776 is outside"),
        ([0, -(2**63)], r"offsets\[1\] = -9223372036854775808 is less"),
    ):
        with pytest.raises(ValueError, match=message):
            BinaryColumn.from_offsets(b"data", np.array(offsets))
    for wrong in (np.array([0.0]), np.zeros((1, 1), np.int64), np.zeros(4, np.int64)[::2], np.zeros(1, np.uint32)):
        with pytest.raises(TypeError, match="offsets must be one contiguous dimension of int32 or int64, found"):
            BinaryColumn.from_offsets(b"data", wrong)
    with pytest.raises(TypeError):
        BinaryColumn.from_offsets("text", np.zeros(1, np.int64))


def test_data_buffer_too_large():
    data = np.zeros(2**31, np.uint8)  # never touched, so it takes no memory
    with pytest.raises(ValueError, match="at most 2147483647 bytes, found 2147483648"):
        BinaryColumn.from_offsets(data, np.zeros(1, np.int64))
    assert len(BinaryColumn.from_offsets(data[1:], np.array([0, 0, 2**31 - 1]))) == 2


def test_borrows_until_compact():
    data = bytearray(b"a value that is not inlined")
    column = BinaryColumn.from_offsets(data, np.array([0, 4, len(data)]))[1:]
    with pytest.raises(BufferError):
        data.append(0)
    copy = column.compact()
    del column
    data.append(0)
    assert list(copy) == [b"lue that is not inlined"]


def test_memory_goes_with_the_last_slice():
    data = np.zeros(1000, np.uint8)
    gone = weakref.ref(data)
    part = BinaryColumn.from_offsets(data, np.array([0, 500, 1000]))[1:]
    del data
    gc.collect()
    assert gone() is not None
    assert part[0] == bytes(500)
    del part
    gc.collect()
    assert gone() is None


def test_nbytes():
    column = BinaryColumn.from_offsets(*joined(VALUES))
    assert column.nbytes == 16 * len(VALUES) + 4 + sum(map(len, VALUES))
    assert column[:1].nbytes == column.nbytes  # what it keeps alive
    assert column[:1].compact().nbytes == 16
    assert column.compact().nbytes == 16 * len(VALUES) + sum(len(value) for value in VALUES if len(value) > 12)


def test_repr_is_short():
    assert repr(BinaryColumn.from_values([b"a", "b"])) == "BinaryColumn([b'a', b'b'], length=2)"
    assert len(repr(BinaryColumn.from_values([b"x" * 1000] * 1000))) < 400


def test_unhashable():
    with pytest.raises(TypeError):
        hash(BinaryColumn.from_values([]))


@given(st.lists(st.none() | st.binary(max_size=20)), st.integers(-4, 4).filter(bool), st.integers(0, 20))
def test_nulls(values, step, start):
    """A null is None, in a slice and a copy as well, and equals no empty value."""
    column = BinaryColumn.from_values(values)
    part = values[start::step]
    assert list(column) == values
    assert column.null_count == values.count(None)
    assert list(column[start::step]) == list(column[start::step].compact()) == part
    assert column[start::step].null_count == part.count(None)
    assert (column == BinaryColumn.from_values([value or b"" for value in values])) == (None not in values)
    assert column[start::step] == BinaryColumn.from_values(part)
