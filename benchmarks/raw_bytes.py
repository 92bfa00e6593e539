"""Opaque payloads: the sum of their bytes, and a stream of them split into frames (a length of four bytes, a payload).

Payloads are random bytes. Each side is given the form that suits it: fastpaths a BinaryColumn, numpy arrays, Python
bytes. `frames` leaves the payloads where they are; in frames_as_bytes all sides make a bytes object of each.
"""

import random
import struct

import numpy as np

from fastpaths import BinaryColumn
from fastpaths.bench import Op, case, main
from fastpaths.rawbytes import byte_sum, frames

PAYLOADS = [64, 512, 4_096, 32_768]
LARGE = [2**20, 2**26]
SIZES = {"size": {"quick": PAYLOADS[::3], "default": PAYLOADS + LARGE, "production": PAYLOADS + LARGE}}
STREAMS = {
    "payload": {"quick": PAYLOADS[::3], "default": PAYLOADS, "production": PAYLOADS},
    "messages": {"quick": [1_000], "default": [10_000], "production": [50_000]},
}
PREFIX = struct.Struct(">I")


def payloads(size, count):
    rng = random.Random(size)
    return [rng.randbytes(size) for _ in range(count)]


def stream(values):
    return b"".join(part for value in values for part in (PREFIX.pack(len(value)), value))


def array(value):
    return np.frombuffer(value, np.uint8)


def numpy_sum(values):
    return np.sum(values, dtype=np.uint64)


def sum_each(function):
    return lambda values: [function(value) for value in values]


def struct_loop(data):
    found, start, end = [], 0, len(data)
    while start < end:
        (size,) = PREFIX.unpack_from(data, start)
        start += 4 + size
        found.append(data[start - size : start])
    return found


def from_bytes_loop(data):
    found, start, end = [], 0, len(data)
    while start < end:
        start += 4 + (size := int.from_bytes(data[start : start + 4], "big"))
        found.append(data[start - size : start])
    return found


def sum_one(function, form, size):
    (value,) = payloads(size, 1)
    return Op(function, form(value), nbytes=size, expected=sum(value))


def sum_many(function, form, payload, messages):
    values = payloads(payload, messages)
    units = {"items": messages, "unit": "payload", "nbytes": payload * messages}
    return Op(function, form(values), expected=list(map(sum, values)), **units)


def split(function, answer, payload, messages):
    values = payloads(payload, messages)
    return Op(function, stream(values), answer=answer, expected=values, items=messages, unit="frame")


def define(name, params, set_up, fastpaths, **peers):
    """The case bytes/<name>/fastpaths and its baselines: set_up(*side, **params) makes the Op of each."""
    subject = case(group=f"bytes/{name}", name="fastpaths", params=params)(lambda **size: set_up(*fastpaths, **size))
    for peer, side in peers.items():
        subject.baseline(name=peer)(lambda side=side, **size: set_up(*side, **size))


define("sum", SIZES, sum_one, (byte_sum, bytes), numpy=(numpy_sum, array), builtin=(sum, bytes))
NUMPY = (sum_each(numpy_sum), lambda values: list(map(array, values)))
define("sums", STREAMS, sum_many, (byte_sum, BinaryColumn.from_values), numpy=NUMPY, builtin=(sum_each(sum), list))
LOOPS = {"struct": (struct_loop, None), "int_from_bytes": (from_bytes_loop, None)}
define("frames", STREAMS, split, (frames, list), **LOOPS)
define("frames_as_bytes", STREAMS, split, (lambda data: list(frames(data)), None), **LOOPS)

if __name__ == "__main__":
    main()
