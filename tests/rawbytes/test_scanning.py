"""count and positions against bytes' own methods."""

import itertools
import mmap
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.columns import BinaryColumn
from fastpaths.rawbytes import count, positions

LARGE = random.Random(6).randbytes(300_001)  # from 256 KiB on the GIL is released
dense = st.lists(st.sampled_from([0, 9, 10, 11, 0x8A, 255]), max_size=300).map(bytes)  # 10 and what is close to it
columns = st.lists(st.none() | dense, max_size=20)


def places(data, byte):
    return [i for i, each in enumerate(data) if each == byte]


@given(dense | st.binary(max_size=300), st.integers(0, 20), st.sampled_from([0, 10, 255]))
def test_any_bytes_at_any_alignment(data, offset, byte):
    part = data[offset:]
    assert count(memoryview(data)[offset:], byte) == part.count(byte)
    found = positions(memoryview(data)[offset:], byte)
    assert found.dtype == np.int64
    assert found.tolist() == places(part, byte)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 64 * 255 - 1, 64 * 255, 64 * 256 + 1, 262_144, 1_000_003])
def test_every_byte_wanted(size):
    assert count(b"\xff" * size, 0xFF) == size
    assert count(b"\xff" * size, 0xFE) == 0
    assert np.array_equal(positions(b"\xff" * size, 0xFF), np.arange(size))


@pytest.mark.parametrize("byte", [0, 10, 255])
def test_a_buffer_large_enough_to_release_the_gil(byte):
    assert count(LARGE, byte) == LARGE.count(byte)
    assert positions(LARGE, byte).tolist() == places(LARGE, byte)


@pytest.mark.once
def test_a_buffer_that_views_could_not_reach():
    with mmap.mmap(-1, 2**31 + 100, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as pages:
        pages.madvise(mmap.MADV_HUGEPAGE)  # untouched, all of them are one
        pages[2**31 + 7] = 10
        assert positions(pages, b"\n").tolist() == [2**31 + 7]


@given(columns, st.sampled_from([0, 10, 255]))
def test_a_column(values, byte):
    column = BinaryColumn.from_values(values)
    counts = count(column, byte)
    assert counts.dtype == np.int64
    assert counts.tolist() == [0 if value is None else value.count(byte) for value in values]
    found, offsets = positions(column, byte)
    assert found.dtype == offsets.dtype == np.int64
    assert offsets.tolist() == [0, *np.cumsum(counts)]
    parts = [found[start:end].tolist() for start, end in itertools.pairwise(offsets)]
    assert parts == [places(value or b"", byte) for value in values]


def test_a_large_column_and_its_slices():
    values = [LARGE[: i % 700] for i in range(2_000)]
    column = BinaryColumn.from_values(values)
    expected = [value.count(10) for value in values]
    assert count(column, 10).tolist() == expected
    assert count(column[::-7], 10).tolist() == expected[::-7]
    found, offsets = positions(column[1_000:1_003], 10)
    assert offsets.tolist() == [0, *np.cumsum(expected[1_000:1_003])]
    assert found.tolist() == [place for value in values[1_000:1_003] for place in places(value, 10)]


@pytest.mark.parametrize("search", [count, positions])
@pytest.mark.parametrize("byte", [-1, 256, 2**70, b"", b"ab"])
def test_what_is_no_byte_is_refused(search, byte):
    with pytest.raises(ValueError, match=f"{search.__name__}: byte must be from 0 to 255, or a bytes of length 1, got"):
        search(b"abc", byte)


@pytest.mark.parametrize("search", [count, positions])
@pytest.mark.parametrize("byte", [None, "a", 1.0, bytearray(b"a")])
def test_what_is_of_another_type_is_refused(search, byte):
    with pytest.raises(TypeError):
        search(b"abc", byte)


@pytest.mark.parametrize("search", [count, positions])
@pytest.mark.parametrize("buffer", [None, "text", 5, [1, 2]])
def test_what_is_no_buffer_is_refused(search, buffer):
    with pytest.raises(TypeError):
        search(buffer, 10)


@pytest.mark.parametrize("search", [count, positions])
@pytest.mark.parametrize("buffer", [memoryview(b"abcdef")[::2], np.arange(9)[::3]])
def test_what_is_not_contiguous_is_refused(search, buffer):
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        search(buffer, 10)


def test_numpy_integers_are_bytes_too():
    assert count(b"aab", np.uint8(97)) == 2
