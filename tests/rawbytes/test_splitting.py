"""split against bytes.split."""

import itertools
import mmap
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.columns import BinaryColumn
from fastpaths.rawbytes import split

delimiters = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n\n\r", b"\0", b"\n" * 70])
lines = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"\0", b"a longer run of other bytes"]), max_size=90)
texts = lines.map(b"".join)


@given(texts | st.binary(max_size=200), st.integers(0, 3), delimiters)
def test_as_bytes_split_does(data, offset, delimiter):
    part = data[offset:]
    column = split(memoryview(data)[offset:], delimiter)
    assert list(column) == part.split(delimiter)
    assert delimiter.join(column) == part


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b"", [b""]),
        (b"\n", [b"", b""]),
        (b"a\nb\n", [b"a", b"b", b""]),
        (b"a\nb", [b"a", b"b"]),
        (b"\n\na", [b"", b"", b"a"]),
        (b"x" * 63 + b"\n" + b"y" * 64 + b"\n", [b"x" * 63, b"y" * 64, b""]),
    ],
)
def test_what_follows_the_last_delimiter_is_the_last_part(data, parts):
    assert list(split(data, b"\n")) == parts


def test_a_delimiter_longer_than_the_buffer():
    assert list(split(b"ab", b"abc")) == [b"ab"]
    assert list(split(b"", b"abc")) == [b""]


@given(st.lists(st.none() | texts, max_size=12), delimiters)
def test_a_column(values, delimiter):
    parts, offsets = split(BinaryColumn.from_values(values), delimiter)
    assert offsets.dtype == np.int64
    assert offsets[0] == 0
    found = [list(parts[start:end]) for start, end in itertools.pairwise(offsets)]
    assert found == [[] if value is None else value.split(delimiter) for value in values]


@pytest.mark.parametrize("delimiter", [b"\n", b"\0\n"])
def test_what_is_large_enough_to_release_the_gil(delimiter):
    data = random.Random(7).randbytes(500_000)
    assert list(split(data, delimiter)) == data.split(delimiter)
    values = [data[: i % 700] for i in range(2_000)]
    parts, offsets = split(BinaryColumn.from_values(values)[::-3], delimiter)
    assert list(parts) == [part for value in values[::-3] for part in value.split(delimiter)]
    assert np.diff(offsets).tolist() == [value.count(delimiter) + 1 for value in values[::-3]]


def test_the_parts_are_views_that_pin_the_buffer():
    data = bytearray(b"x" * 100 + b"\n" + b"y" * 200)
    column = split(data, b"\n")
    assert column.nbytes == len(data) + 2 * 16
    data[:100] = b"z" * 100
    assert column[0] == b"z" * 100
    with pytest.raises(BufferError):
        data.clear()
    del column
    data.clear()


def test_the_parts_of_a_column_keep_its_buffers():
    data = bytearray(b"x" * 100 + b"\n" + b"y" * 200)
    column = BinaryColumn.from_offsets(data, np.array([0, 301]))
    parts, _ = split(column, b"\n")
    del column
    assert list(parts) == [b"x" * 100, b"y" * 200]
    with pytest.raises(BufferError):
        data.clear()


def test_an_empty_delimiter_is_refused():
    with pytest.raises(ValueError, match="the delimiter must have at least one byte"):
        split(b"abc", b"")


@pytest.mark.parametrize("delimiter", [None, "\n", 10, bytearray(b"\n")])
def test_what_is_not_bytes_is_refused(delimiter):
    with pytest.raises(TypeError):
        split(b"abc", delimiter)


@pytest.mark.parametrize("buffer", [None, "text", 5, [1, 2]])
def test_what_is_no_buffer_is_refused(buffer):
    with pytest.raises(TypeError):
        split(buffer, b"\n")


@pytest.mark.parametrize("buffer", [memoryview(bytes(8))[::2], np.zeros(8, np.uint8)[::2]])
def test_what_is_not_contiguous_is_refused(buffer):
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        split(buffer, b"\n")


def test_a_buffer_that_views_cannot_reach_is_refused():
    with mmap.mmap(-1, 2**31) as pages, pytest.raises(ValueError, match=f"at most {2**31 - 1} bytes, found {2**31}"):
        split(pages, b"\n")
