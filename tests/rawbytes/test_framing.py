"""frames against struct and int.from_bytes."""

import array
import itertools
import mmap
import pickle
import random
import re
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.columns import BinaryColumn
from fastpaths.errors import FastpathsError
from fastpaths.rawbytes import CorruptFrame, frames

FORMATS = {  # struct's code of each prefix
    (width, order): mark + code
    for width, code in ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))
    for order, mark in (("big", ">"), ("little", "<"))
}
every_prefix = pytest.mark.parametrize(("width", "order"), FORMATS)
prefixes = st.sampled_from(list(FORMATS))


def encoded(payloads, width, order):
    return b"".join(struct.pack(FORMATS[width, order], len(payload)) + payload for payload in payloads)


def split(data, width, order):
    """(whole frames, where the first that is not whole begins, or None)"""
    found, offset = [], 0
    while offset < len(data):
        end = offset + width + int.from_bytes(data[offset : offset + width], order)
        if len(data) - offset < width or end > len(data):
            return found, offset
        found.append(data[offset + width : end])
        offset = end
    return found, None


@every_prefix
def test_frames_of_each_size(width, order):
    payloads = [bytes(range(n)) for n in (0, 1, 3, 4, 5, 11, 12, 13, 255, 0, 0)]  # up to 12 bytes lie in the view
    column = frames(encoded(payloads, width, order), width, order)
    assert list(column) == payloads
    assert len(column) == len(payloads)


def test_four_bytes_in_network_order_unless_said_otherwise():
    assert list(frames(b"\0\0\0\1a\0\0\0\2bc")) == [b"a", b"bc"]


@given(st.lists(st.binary(max_size=255)), prefixes)
def test_what_was_encoded_comes_back(payloads, prefix):
    assert list(frames(encoded(payloads, *prefix), *prefix)) == payloads


@given(st.lists(st.none() | st.lists(st.binary(max_size=30), max_size=8), max_size=12), prefixes)
def test_the_frames_of_a_column(lists, prefix):
    values = [None if payloads is None else encoded(payloads, *prefix) for payloads in lists]
    column, offsets = frames(BinaryColumn.from_values(values), *prefix)
    assert offsets.dtype == np.int64
    assert offsets[0] == 0
    found = [list(column[start:end]) for start, end in itertools.pairwise(offsets)]
    assert found == [payloads or [] for payloads in lists]


@given(st.binary(max_size=60) | st.lists(st.sampled_from([0, 1, 2, 255]), max_size=60).map(bytes), prefixes)
def test_any_bytes_either_split_wholly_or_say_where_not(data, prefix):
    expected, broken = split(data, *prefix)
    if broken is None:
        assert list(frames(data, *prefix)) == expected
        return
    with pytest.raises(CorruptFrame) as caught:
        frames(data, *prefix)
    assert (caught.value.frame, caught.value.offset) == (len(expected), broken)
    assert list(frames(data[: caught.value.offset], *prefix)) == expected


@every_prefix
def test_every_cut_is_noticed_unless_it_falls_between_frames(width, order):
    payloads = [b"", b"a", b"0123456789abcdef"]
    data = encoded(payloads, width, order)
    for size in range(len(data)):
        whole, broken = split(data[:size], width, order)
        if broken is None:
            assert list(frames(data[:size], width, order)) == whole
        else:
            with pytest.raises(CorruptFrame, match=f"frame {len(whole)} at byte {broken}: expected .* found "):
                frames(data[:size], width, order)


@pytest.mark.parametrize(
    "length", [6, 2**31 - 1, 2**31, 2**32, 2**63 - 9, 2**63 - 1, 2**63, 2**64 - 17, 2**64 - 8, 2**64 - 1]
)
@pytest.mark.parametrize("order", ["big", "little"])
def test_no_length_overflows(length, order):
    data = encoded([b"abcdefgh"], 8, order) + length.to_bytes(8, order) + b"12345"
    message = f"frame 1 at byte 16: expected {length} bytes after its length, found 5 before the end of the buffer"
    with pytest.raises(CorruptFrame, match=f"^{re.escape(message)}$"):
        frames(data, 8, order)


@pytest.mark.parametrize("before", [0, 1, 256, 512])  # the list of frames grows at some of them
def test_a_corrupt_frame_of_a_column(before):
    data = encoded([b"a"] * before, 4, "big")
    column = BinaryColumn.from_values([data, None, data + b"\0\0\0\2b", b""])
    problem = "expected 2 bytes after its length, found 1 before the end of the buffer"
    with pytest.raises(CorruptFrame, match=f"^value 2, frame {before} at byte {len(data)}: {problem}$") as caught:
        frames(column)
    assert (caught.value.value, caught.value.frame, caught.value.offset) == (2, before, len(data))


def test_a_cut_length():
    message = "frame 1 at byte 5: expected a length of 4 bytes, found 3 before the end of the buffer"
    with pytest.raises(CorruptFrame, match=f"^{message}$") as caught:
        frames(b"\0\0\0\1a\0\0\0")
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, FastpathsError)
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), copied.frame, copied.offset) == (message, 1, 5)


@pytest.mark.parametrize("width", [0, 3, 5, 16, -4])
def test_other_widths_are_refused(width):
    with pytest.raises(ValueError, match=f"width must be 1, 2, 4 or 8 bytes, got {width}"):
        frames(b"", width)


def test_other_byte_orders_are_refused():
    with pytest.raises(ValueError, match="byteorder must be 'big' or 'little', got 'native'"):
        frames(b"", 4, "native")
    with pytest.raises(TypeError):
        frames(b"", 4, None)


@pytest.mark.parametrize("buffer", [None, "text", 5, [1, 2]])
def test_what_is_no_buffer_is_refused(buffer):
    with pytest.raises(TypeError):
        frames(buffer)


@pytest.mark.parametrize("buffer", [memoryview(bytes(8))[::2], np.zeros(8, np.uint8)[::2]])
def test_what_is_not_contiguous_is_refused(buffer):
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        frames(buffer)


def mapped(data):
    pages = mmap.mmap(-1, len(data))
    pages.write(data)
    return pages


@pytest.mark.parametrize(
    "export",
    [
        bytes,
        bytearray,
        memoryview,
        mapped,
        lambda data: array.array("h", data),
        lambda data: np.frombuffer(data, np.uint16),
        lambda data: memoryview(b"." + data + b".")[1:-1],  # not aligned
    ],
    ids=["bytes", "bytearray", "memoryview", "mmap", "array", "numpy", "not aligned"],
)
def test_any_contiguous_buffer(export):
    payloads = [b"0123456789abcdef", b"short", b"a payload longer than twelve bytes."]
    assert list(frames(export(encoded(payloads, 4, "big")))) == payloads


def test_the_frames_are_views_that_pin_the_buffer():
    data = bytearray(encoded([b"x" * 100, b"y" * 200], 4, "big"))
    column = frames(data)
    assert column.nbytes == len(data) + 2 * 16
    data[4:104] = b"z" * 100
    assert column[0] == b"z" * 100
    with pytest.raises(BufferError):
        data.clear()
    del column
    data[0] = 1
    with pytest.raises(CorruptFrame):
        frames(data)
    data.clear()


@every_prefix
def test_a_buffer_large_enough_to_release_the_gil_and_to_fetch_ahead(width, order):
    rng = random.Random(7)
    payloads = [rng.randbytes(rng.choice([0, 12, 13, 200, 200, 200, 255])) for _ in range(10_000)]
    data = encoded(payloads, width, order)
    assert len(data) > 2**20
    assert list(frames(data, width, order)) == payloads
    with pytest.raises(CorruptFrame, match=f"frame 10000 at byte {len(data)}"):
        frames(data + b"\1", width, order)
    column, offsets = frames(BinaryColumn.from_values([data, data]), width, order)
    assert list(column) == payloads * 2
    assert offsets.tolist() == [0, 10_000, 20_000]


def test_a_buffer_that_views_cannot_reach_is_refused():
    with mmap.mmap(-1, 2**31) as pages, pytest.raises(ValueError, match=f"at most {2**31 - 1} bytes, found {2**31}"):
        frames(pages)
