"""Opaque payloads: sums of their bytes, a byte counted and found, streams split into lines, frames and varints.

Payloads are random bytes, which nothing compresses, or text: lines of JSON, which zlib makes a seventh of. Each side is
given the form that suits it: fastpaths a BinaryColumn, numpy arrays, Python bytes. fastpaths leaves the parts it finds
where they are; so does memoryview among its peers, the others copy.

bytes/frames: of equal lengths, which a processor soon bets on, or varied, from half to one and a half times `payload`:
then where a frame begins is not known before the length of the one before has come from the cache where it lies.

bytes/bandwidth: one buffer, larger than the caches, against what does less with it, to show what the memory gives.
numpy_max reads it, with no more to do than compare vectors of bytes; memcpy reads it and writes as much.
"""

import random
import struct
from functools import partial

import numpy as np

from fastpaths import BinaryColumn
from fastpaths.bench import Op, case, main
from fastpaths.rawbytes import byte_sum, count, frames, positions, split, varints

SIZES = [64, 512, 4_096, 32_768]
DATA = {"quick": ["text"], "default": ["text", "random"], "production": ["text", "random"]}
ONE = {"payload": {"quick": SIZES[3:], "default": SIZES, "production": SIZES}, "data": DATA}
MESSAGES = {"quick": [1_000], "default": [10_000], "production": [50_000]}
MANY = {"payload": {"quick": SIZES[::3], "default": SIZES, "production": SIZES}, "data": DATA, "messages": MESSAGES}
FRAMES = {
    "payload": {"quick": SIZES[:2], "default": SIZES, "production": SIZES},
    "lengths": {"quick": ["varied"], "default": ["varied", "equal"], "production": ["varied", "equal"]},
    "messages": MESSAGES,
}
LARGE = {"nbytes": {"quick": [2**26], "default": [2**28], "production": [2**28]}}
VALUES = {"bits": {"quick": [32], "default": [7, 32, 64], "production": [7, 32, 64]}, "messages": MESSAGES}
PREFIX = struct.Struct(">I")


def payloads(payload, data, messages=1):
    rng = random.Random(payload)
    if data == "random":
        return [rng.randbytes(payload) for _ in range(messages)]
    lines = "".join(f'{{"id": {i}, "status": "active", "amount": {rng.randrange(10**6)}}}\n' for i in range(1_500))
    text = lines.encode() * (1 + payload // len(lines))
    return [text[at : at + payload] for at in (rng.randrange(len(text) - payload) for _ in range(messages))]


def payloads_of_lengths(payload, lengths, messages):
    rng = random.Random(payload)
    least, most = (payload // 2, payload * 3 // 2) if lengths == "varied" else (payload, payload)
    return [rng.randbytes(rng.randint(least, most)) for _ in range(messages)]


def varint(value):
    return bytes([value & 0x7F | 0x80]) + varint(value >> 7) if value > 0x7F else bytes([value])


def numbers(bits, messages):
    """Of every length up to so many bits, as varints."""
    rng = random.Random(bits)
    return [varint(rng.getrandbits(rng.randint(1, bits))) for _ in range(messages)]


def array(value):
    return np.frombuffer(value, np.uint8)


def each(function):
    return lambda values: [function(value) for value in values]


def find_loop(data, byte):
    found, at = [], data.find(byte)
    while at >= 0:
        found.append(at)
        at = data.find(byte, at + 1)
    return found


def framed(values):
    return b"".join(part for value in values for part in (PREFIX.pack(len(value)), value))


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


def define(name, params, make, expected, *, answer=None, looked_at=True, **sides):
    """The case bytes/<name>/<the first side> and its baselines. A side makes the call of the payloads made.

    looked_at: every byte of them is, so that a rate in bytes means something.
    """

    def set_up(side):
        def op(**point):
            values = make(**point)
            units = {"items": len(values), "unit": "payload", "nbytes": sum(map(len, values)) if looked_at else None}
            return Op(*side(values), answer=answer, expected=expected(values), **units)

        return op

    (label, side), *peers = sides.items()
    subject = case(group=f"bytes/{name}", name=label, params=params)(set_up(side))
    for label, side in peers:
        subject.baseline(name=label)(set_up(side))


numpy_sum = partial(np.sum, dtype=np.uint64)

define(
    "sum",
    ONE,
    payloads,
    lambda values: sum(values[0]),
    fastpaths=lambda values: (byte_sum, values[0]),
    numpy=lambda values: (numpy_sum, array(values[0])),
    builtin=lambda values: (sum, values[0]),
)
define(
    "sums",
    MANY,
    payloads,
    lambda values: list(map(sum, values)),
    fastpaths=lambda values: (byte_sum, BinaryColumn.from_values(values)),
    numpy=lambda values: (each(numpy_sum), list(map(array, values))),
    numpy_reduceat=lambda values: (
        partial(np.add.reduceat, dtype=np.uint64),
        array(b"".join(values)),
        np.arange(len(values)) * len(values[0]),
    ),
    builtin=lambda values: (each(sum), values),
)
define(
    "count",
    ONE,
    payloads,
    lambda values: sum(byte == 10 for byte in values[0]),
    fastpaths=lambda values: (count, values[0], b"\n"),
    numpy=lambda values: (lambda data: np.count_nonzero(data == 10), array(values[0])),
    bytes=lambda values: (values[0].count, b"\n"),
)
define(
    "positions",
    ONE,
    payloads,
    lambda values: [i for i, byte in enumerate(values[0]) if byte == 10],
    fastpaths=lambda values: (positions, values[0], b"\n"),
    numpy=lambda values: (lambda data: np.flatnonzero(data == 10), array(values[0])),
    bytes_find=lambda values: (find_loop, values[0], b"\n"),
)
define(
    "split",
    ONE,
    payloads,
    lambda values: values[0].split(b"\n"),
    answer=list,
    fastpaths=lambda values: (split, values[0], b"\n"),
    bytes=lambda values: (values[0].split, b"\n"),
)
define(
    "frames",
    FRAMES,
    payloads_of_lengths,
    lambda values: values,
    answer=list,
    looked_at=False,
    fastpaths=lambda values: (frames, framed(values)),
    struct=lambda values: (struct_loop, framed(values)),
    memoryview=lambda values: (struct_loop, memoryview(framed(values))),
)
define(
    "varints",
    VALUES,
    numbers,
    lambda values: varint_loop(b"".join(values)),
    fastpaths=lambda values: (varints, b"".join(values)),
    loop=lambda values: (varint_loop, b"".join(values)),
)


def buffer(nbytes):
    return payloads(nbytes, "text")[0]


@case(group="bytes/bandwidth", name="byte_sum", params=LARGE)
def bandwidth(nbytes):
    data = buffer(nbytes)
    return Op(byte_sum, data, nbytes=nbytes, expected=int(numpy_sum(array(data))))


@bandwidth.baseline
def numpy_max(nbytes):
    data = buffer(nbytes)
    return Op(array(data).max, nbytes=nbytes, expected=max(data[:1_000]))


@bandwidth.baseline
def memcpy(nbytes):
    data = array(buffer(nbytes))
    copy = np.empty_like(data)
    return Op(np.copyto, copy, data, nbytes=nbytes, answer=lambda _: np.array_equal(copy, data), expected=True)


if __name__ == "__main__":
    main()
