"""Opaque payloads: sums of their bytes, a byte counted and found, streams split into lines, frames and varints.

Payloads are random bytes, which nothing compresses, or text: lines of JSON, which zlib makes a seventh of. Each side is
given the form that suits it: fastpaths a BinaryColumn, numpy arrays, Python bytes. fastpaths leaves the parts it finds
where they are; so does memoryview among its peers, the others copy. The peers in bytes/bandwidth do less, to show what
the memory gives: memcpy reads the same bytes (and writes them), memchr looks for one that is not there.
"""

import random
import struct

import numpy as np

from fastpaths import BinaryColumn
from fastpaths.bench import Op, case, main
from fastpaths.rawbytes import byte_sum, count, frames, positions, split, varints

SIZES = [64, 512, 4_096, 32_768]
DATA = {"quick": ["text"], "default": ["text", "random"], "production": ["text", "random"]}
ONE = {"payload": {"quick": SIZES[3:], "default": SIZES, "production": SIZES}, "data": DATA}
MESSAGES = {"quick": [1_000], "default": [10_000], "production": [50_000]}
MANY = {"payload": {"quick": SIZES[::3], "default": SIZES, "production": SIZES}, "data": DATA, "messages": MESSAGES}
LARGE = {"nbytes": [2**26]}
VALUES = {"bits": {"quick": [32], "default": [7, 32, 64], "production": [7, 32, 64]}, "messages": MESSAGES}
PREFIX = struct.Struct(">I")


def payloads(payload, data, messages=1):
    rng = random.Random(payload)
    if data == "random":
        return [rng.randbytes(payload) for _ in range(messages)]
    lines = "".join(f'{{"id": {i}, "status": "active", "amount": {rng.randrange(10**6)}}}\n' for i in range(1_500))
    text = lines.encode() * (1 + payload // len(lines))
    return [text[at : at + payload] for at in (rng.randrange(len(text) - payload) for _ in range(messages))]


def varint(value):
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7) if value > 0x7F else bytes([value])


def numbers(bits, messages):
    """Of every length up to so many bits, as varints."""
    rng = random.Random(bits)
    return [varint(rng.getrandbits(rng.randint(1, bits))) for _ in range(messages)]


def array(value):
    return np.frombuffer(value, np.uint8)


def numpy_sum(values):
    return np.sum(values, dtype=np.uint64)


def numpy_count(values, byte):
    return np.count_nonzero(values == byte)


def numpy_positions(values, byte):
    return np.flatnonzero(values == byte)


def each(function):
    return lambda values: [function(value) for value in values]


def find_loop(data, byte):
    found, at = [], data.find(byte)
    while at >= 0:
        found.append(at)
        at = data.find(byte, at + 1)
    return found


def struct_loop(data):
    found, start, end = [], 0, len(data)
    while start < end:
        (size,) = PREFIX.unpack_from(data, start)
        start += 4 + size
        found.append(data[start - size : start])
    return found


def varint_loop(data):
    values, value, shift = [], 0, 0
    for byte in data:
        if byte < 0x80:
            values.append(value | byte << shift)
            value = shift = 0
        else:
            value |= (byte & 0x7F) << shift
            shift += 7
    return values


def framed(values):
    return b"".join(part for value in values for part in (PREFIX.pack(len(value)), value))


def reduced(values):
    """Arguments of numpy.add.reduceat: where each payload begins, the axis, the type of the sums."""
    return array(b"".join(values)), np.arange(len(values)) * len(values[0]), 0, np.uint64


def define(name, params, make, expected, fastpaths, *, answer=None, **peers):
    """The case bytes/<name>/fastpaths and its baselines. A side: a function, and its arguments made of the payloads."""

    def set_up(function, arguments, **point):
        values = make(**point)
        units = {"items": len(values), "unit": "payload", "nbytes": sum(map(len, values))}
        return Op(function, *arguments(values), expected=expected(values), answer=answer, **units)

    subject = case(group=f"bytes/{name}", name="fastpaths", params=params)(lambda **point: set_up(*fastpaths, **point))
    for peer, side in peers.items():
        subject.baseline(name=peer)(lambda side=side, **point: set_up(*side, **point))


def first(values):
    return values[:1]


def lines(values):
    return values[0], b"\n"


def lines_array(values):
    return array(values[0]), 10


def column(values):
    return (BinaryColumn.from_values(values),)


define(
    "sum",
    ONE,
    payloads,
    lambda values: sum(values[0]),
    (byte_sum, first),
    numpy=(numpy_sum, lambda values: (array(values[0]),)),
    builtin=(sum, first),
)
define(
    "sums",
    MANY,
    payloads,
    lambda values: list(map(sum, values)),
    (byte_sum, column),
    numpy=(each(numpy_sum), lambda values: (list(map(array, values)),)),
    numpy_reduceat=(np.add.reduceat, reduced),
    builtin=(each(sum), lambda values: (values,)),
)
define(
    "count",
    ONE,
    payloads,
    lambda values: values[0].count(b"\n"),
    (count, lines),
    numpy=(numpy_count, lines_array),
    bytes=(bytes.count, lines),
)
define(
    "positions",
    ONE,
    payloads,
    lambda values: [i for i, byte in enumerate(values[0]) if byte == 10],
    (positions, lines),
    numpy=(numpy_positions, lines_array),
    bytes_find=(find_loop, lines),
)
define(
    "split",
    ONE,
    payloads,
    lambda values: values[0].split(b"\n"),
    (split, lines),
    answer=list,
    bytes=(bytes.split, lines),
)
define(
    "frames",
    MANY,
    payloads,
    list,
    (frames, lambda values: (framed(values),)),
    answer=list,
    struct=(struct_loop, lambda values: (framed(values),)),
    memoryview=(struct_loop, lambda values: (memoryview(framed(values)),)),
)
define(
    "varints",
    VALUES,
    numbers,
    lambda values: varint_loop(b"".join(values)),
    (varints, lambda values: (b"".join(values),)),
    loop=(varint_loop, lambda values: (b"".join(values),)),
)


@case(group="bytes/bandwidth", name="byte_sum", params=LARGE)
def bandwidth(nbytes):
    (data,) = payloads(nbytes, "text")
    return Op(byte_sum, data, nbytes=nbytes, expected=int(numpy_sum(array(data))))


@bandwidth.baseline
def memcpy(nbytes):
    (data,) = map(array, payloads(nbytes, "text"))
    copy = np.empty_like(data)
    return Op(np.copyto, copy, data, nbytes=nbytes, answer=lambda _: np.array_equal(copy, data), expected=True)


@bandwidth.baseline
def memchr(nbytes):
    (data,) = payloads(nbytes, "text")
    return Op(data.find, b"\0", nbytes=nbytes, expected=-1)


if __name__ == "__main__":
    main()
