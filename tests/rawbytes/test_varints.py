"""varint and varints against a reader and a writer of their own."""

import pickle
import random
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fastpaths.columns import BinaryColumn
from fastpaths.errors import FastpathsError
from fastpaths.rawbytes import CorruptVarint, varint, varints

ROWS = [  # bytes, value, the same as zigzag: from the documentation of protobuf, and the limits
    ("00", 0, 0),
    ("01", 1, -1),
    ("02", 2, 1),
    ("03", 3, -2),
    ("7f", 127, -64),
    ("8001", 128, 64),
    ("9601", 150, 75),
    ("ac02", 300, 150),
    ("ff7f", 16_383, -8_192),
    ("808001", 16_384, 8_192),
    ("feffffff0f", 2**32 - 2, 2**31 - 1),
    ("ffffffff0f", 2**32 - 1, -(2**31)),
    ("ffffffffffffff7f", 2**56 - 1, -(2**55)),
    ("808080808080808001", 2**56, 2**55),
    ("feffffffffffffffff01", 2**64 - 2, 2**63 - 1),
    ("ffffffffffffffffff01", 2**64 - 1, -(2**63)),
    ("8000", 0, 0),  # zeros at the high end
    ("81808080808080808000", 1, -1),
]
unsigned = st.one_of(st.integers(0, 2**bits - 1) for bits in (7, 8, 14, 32, 56, 63, 64))
CUT = "expected a last byte, below 0x80, found the end of the buffer after {} bytes"
LONG = "expected at most 10 bytes, found 10 of which none is the last, below 0x80"
LARGE = "expected at most 64 bits, found {} as the 10th byte"


def encoded(values):
    data = bytearray()
    for value in values:
        while value > 127:
            data.append(value % 128 + 128)
            value //= 128
        data.append(value)
    return bytes(data)


def decoded(data):
    """(values, None), or what comes before the first that cannot be read, and its offset"""
    values, rest = [], data
    while rest:
        match = re.match(rb"[\x80-\xff]{0,9}[\x00-\x7f]", rest, re.DOTALL)
        value = sum((byte & 127) * 128**i for i, byte in enumerate(match[0])) if match else 2**64
        if value >= 2**64:
            return values, len(data) - len(rest)
        values.append(value)
        rest = rest[match.end() :]
    return values, None


def signed(value):
    return -(value // 2) - 1 if value % 2 else value // 2


@pytest.mark.parametrize(("code", "value", "zigzag"), ROWS)
def test_rows(code, value, zigzag):
    data = bytes.fromhex(code)
    assert varint(data) == (value, len(data))
    assert varint(b"\xff" * 20 + data + b"\xff", 20, zigzag=True) == (zigzag, 20 + len(data))
    for padding in (b"", b"\1" * 3, b"\1" * 64, b"\x81\0" * 32):  # read singly, and in each of the loops
        ones = [1] * len(decoded(padding)[0])
        assert varints(padding + data + padding).tolist() == [*ones, value, *ones]
        assert varints(padding + data, zigzag=True).tolist() == [*map(signed, ones), zigzag]


@given(st.lists(unsigned, max_size=300), st.integers(0, 3))
def test_what_was_encoded_comes_back(values, offset):
    data = bytes(offset) + encoded(values)
    read = varints(memoryview(data)[offset:])
    assert read.dtype == np.uint64
    assert read.tolist() == values
    read = varints(memoryview(data)[offset:], zigzag=True)
    assert read.dtype == np.int64
    assert read.tolist() == list(map(signed, values))


@given(st.lists(unsigned, max_size=30))
def test_one_by_one(values):
    data, at, read = encoded(values), 0, []
    while at < len(data):
        value, at = varint(data, at)
        read.append(value)
    assert read == values


@given(st.lists(st.sampled_from([0, 1, 2, 0x7F, 0x80, 0x81, 0xFF]), max_size=200).map(bytes))
@example(b"\xff" * 9 + b"\x02")
@example(b"\1" * 64 + b"\x80" * 10 + b"\0")
@example(b"\1" * 63 + b"\x80")
def test_any_bytes_are_either_read_wholly_or_say_where_not(data):
    values, broken = decoded(data)
    if broken is None:
        assert varints(data).tolist() == values
        return
    with pytest.raises(CorruptVarint) as caught:
        varints(data)
    assert caught.value.offset == broken
    assert caught.value.value is None
    assert varints(data[:broken]).tolist() == values
    with pytest.raises(CorruptVarint) as alone:
        varint(data, broken)
    assert str(alone.value) == str(caught.value)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("80", CUT.format(1)),
        ("ffffffffffffffffff", CUT.format(9)),
        ("80808080808080808080", LONG),
        ("8080808080808080808000", LONG),
        ("ffffffffffffffffffffffffff", LONG),
        ("80808080808080808002", LARGE.format("0x02")),
        ("ffffffffffffffffff7f", LARGE.format("0x7f")),
    ],
)
@pytest.mark.parametrize("before", [b"", b"\1" * 5, b"\1" * 64, b"\x81\0" * 40])
def test_errors_say_what_where(code, problem, before):
    data = before + bytes.fromhex(code)
    message = f"varint at byte {len(before)}: {problem}"
    with pytest.raises(CorruptVarint, match=f"^{message}$"):
        varint(data, len(before))
    with pytest.raises(CorruptVarint, match=f"^{message}$") as caught:
        varints(data)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, FastpathsError)
    copied = pickle.loads(pickle.dumps(caught.value))
    assert (str(copied), copied.offset) == (message, len(before))
    column = BinaryColumn.from_values([b"\1", data, b"\2"])
    with pytest.raises(CorruptVarint, match=f"^value 1, {message}$") as caught:
        varints(column)
    assert (caught.value.value, caught.value.offset) == (1, len(before))


def test_the_end_of_the_buffer_is_no_varint():
    with pytest.raises(CorruptVarint, match=f"varint at byte 2: {CUT.format(0)}"):
        varint(b"ab", 2)
    assert varints(b"").tolist() == []


@pytest.mark.parametrize("offset", [-1, 3, 2**62])
def test_an_offset_outside_the_buffer(offset):
    with pytest.raises(IndexError, match=f"offset {offset} is outside the buffer of 2 bytes"):
        varint(b"ab", offset)


@given(st.lists(st.none() | st.lists(unsigned, max_size=20), max_size=12), st.booleans())
def test_a_column(lists, zigzag):
    column = BinaryColumn.from_values([None if values is None else encoded(values) for values in lists])
    read, offsets = varints(column, zigzag)
    assert offsets.dtype == np.int64
    expected = [values or [] for values in lists]
    assert offsets.tolist() == [0, *np.cumsum(list(map(len, expected)), dtype=int)]
    assert read.tolist() == [signed(value) if zigzag else value for values in expected for value in values]


def test_what_is_large_enough_to_release_the_gil():
    rng = random.Random(7)
    values = [rng.getrandbits(rng.randint(1, 64)) for _ in range(100_000)]
    data = encoded(values)
    assert len(data) > 400_000
    assert varints(data).tolist() == values
    with pytest.raises(CorruptVarint, match=f"varint at byte {len(data)}"):
        varints(data + b"\x80")


def test_one_varint_is_not_read_of_a_column():
    with pytest.raises(TypeError, match="expected one buffer, found a BinaryColumn"):
        varint(BinaryColumn.from_values([b"\1"]))


@pytest.mark.parametrize("read", [varint, varints])
@pytest.mark.parametrize("buffer", [None, "text", 5, [1, 2]])
def test_what_is_no_buffer_is_refused(read, buffer):
    with pytest.raises(TypeError):
        read(buffer)


@pytest.mark.parametrize("read", [varint, varints])
@pytest.mark.parametrize("buffer", [memoryview(b"abcdef")[::2], np.arange(9)[::3]])
def test_what_is_not_contiguous_is_refused(read, buffer):
    with pytest.raises((BufferError, ValueError), match="contiguous"):
        read(buffer)
