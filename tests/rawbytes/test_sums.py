"""byte_sum against Python's sum."""

import array
import ctypes
import mmap
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.columns import BinaryColumn
from fastpaths.rawbytes import byte_sum

LARGE = random.Random(6).randbytes(300_001)  # from 256 KiB on the GIL is released


def mapped(data):
    pages = mmap.mmap(-1, len(data))
    pages.write(data)
    return pages


EXPORTERS = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": memoryview,
    "writable memoryview": lambda data: memoryview(bytearray(data)),
    "array": lambda data: array.array("i", data),
    "mmap": mapped,
    "ctypes": lambda data: (ctypes.c_char * len(data)).from_buffer_copy(data),
    "numpy": lambda data: np.frombuffer(data, np.uint8),
    "numpy float64": lambda data: np.frombuffer(data, np.float64),
    "numpy in Fortran's order": lambda data: np.asfortranarray(np.frombuffer(data, np.int16).reshape(3, 8)),
}


@pytest.mark.parametrize("export", EXPORTERS.values(), ids=EXPORTERS)
def test_any_contiguous_buffer(export):
    data = bytes(range(200, 248))
    assert byte_sum(export(data)) == sum(data)


@pytest.mark.parametrize("offset", range(17))
def test_every_short_length_at_every_alignment(offset):
    data = bytes((7 * i + 255) % 256 for i in range(300))
    for end in range(offset, len(data)):
        assert byte_sum(memoryview(data)[offset:end]) == sum(data[offset:end])


@pytest.mark.parametrize("size", [0, 1, 8_191, 8_192, 8_193, 16_416, 262_143, 262_144, 1_000_001])
def test_the_largest_bytes_overflow_nothing(size):
    assert byte_sum(b"\xff" * size) == 255 * size


@given(st.binary(max_size=5_000), st.integers(0, 20))
def test_any_bytes(data, offset):
    assert byte_sum(memoryview(data)[offset:]) == sum(data[offset:])


@pytest.mark.parametrize("wrap", [None, 8, 16, 32, 64])
@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\x01", b"\xff" * 257, b"\xff" * 258, LARGE])
def test_wrap_is_the_sum_modulo_a_power_of_two(data, wrap):
    expected = sum(data) if wrap is None else sum(data) % 2**wrap
    assert byte_sum(data, wrap) == byte_sum(data, wrap=wrap) == expected
    assert byte_sum(BinaryColumn.from_values([data, b"\x01"]), wrap).tolist() == [expected, 1]


def test_wrap_at_32_bits():
    data = np.full(2**24 + 2**17, 255, np.uint8)  # no smaller sum reaches 2**32
    assert byte_sum(data) == 255 * len(data) > 2**32
    assert byte_sum(data, 32) == 255 * len(data) - 2**32


@pytest.mark.parametrize("wrap", [0, 1, 7, -8, 128, 8.5, "8"])
def test_other_widths_are_refused(wrap):
    with pytest.raises(ValueError, match=f"wrap must be 8, 16, 32 or 64 bits, or None for the exact sum, got {wrap!r}"):
        byte_sum(b"abc", wrap)


@pytest.mark.parametrize("buffer", [None, "text", 5, [1, 2], object()])
def test_what_is_no_buffer_is_refused(buffer):
    with pytest.raises(TypeError):
        byte_sum(buffer)


@pytest.mark.parametrize(
    "buffer", [memoryview(b"abcdef")[::2], memoryview(b"abcdef")[::-1], np.arange(9)[::3], np.ones((4, 4))[:, :2]]
)
def test_what_is_not_contiguous_is_refused(buffer):
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        byte_sum(buffer)


def test_the_buffer_is_released():
    data = bytearray(LARGE)
    byte_sum(data)
    with pytest.raises(ValueError, match="wrap"):
        byte_sum(data, 7)
    data.append(1)  # BufferError while anybody holds it


@given(st.lists(st.binary(max_size=80)))
def test_the_sums_of_a_column(values):
    sums = byte_sum(BinaryColumn.from_values(values))
    assert sums.dtype == np.int64
    assert sums.tolist() == [sum(value) for value in values]


def test_the_sums_of_a_large_column_and_of_its_slices():
    values = [LARGE[: i % 700] for i in range(2_000)]
    column = BinaryColumn.from_values(values)
    expected = [sum(value) for value in values]
    assert byte_sum(column).tolist() == expected
    assert byte_sum(column[1000:1003]).tolist() == expected[1000:1003]
    assert byte_sum(column[::-7]).tolist() == expected[::-7]
