"""Messages of 4 KiB, byte i of message n being (i + n) % 256: received, and the sum of each taken.

zero_copy/receive: from a stream, message after message, a thousand in flight. `pooled` borrows a buffer for each;
`bytearray` makes one, `bytes` has the stream make it. The pool's answer includes how many buffers it has made: a
thousand, however often it runs, where the others make one for every message.

zero_copy/views: from one buffer, where all messages arrived together. `column` looks at them where they are, without an
object for any; `memoryview` makes a view of each, `bytes` a copy.
"""

import io

import numpy as np

from fastpaths import BinaryColumn
from fastpaths.bench import Op, case, main
from fastpaths.rawbytes import BufferPool, byte_sum

SIZE = 4_096
IN_FLIGHT = 1_000
MESSAGES = {"messages": {"quick": [2_000], "default": [10_000], "production": [10_000]}}


def stream(messages):
    numbers = np.arange(messages)[:, None] + np.arange(SIZE)
    return numbers.astype(np.uint8).tobytes()


def sums_of(data):
    return np.frombuffer(data, np.uint8).reshape(-1, SIZE).sum(axis=1, dtype=np.int64).tolist()


def receive_pooled(pool, source, messages):
    sums = []
    for _ in range(0, messages, IN_FLIGHT):
        held = [pool.borrow() for _ in range(IN_FLIGHT)]
        for buffer in held:
            source.readinto(buffer)
        sums += map(byte_sum, held)
        for buffer in held:
            buffer.release()
    return sums


def receive_bytearrays(source, messages):
    sums = []
    for _ in range(0, messages, IN_FLIGHT):
        held = [bytearray(SIZE) for _ in range(IN_FLIGHT)]
        for buffer in held:
            source.readinto(buffer)
        sums += map(byte_sum, held)
    return sums


def receive_bytes(source, messages):
    sums = []
    for _ in range(0, messages, IN_FLIGHT):
        held = [source.read(SIZE) for _ in range(IN_FLIGHT)]
        sums += map(byte_sum, held)
    return sums


def sum_parts(data):
    return [byte_sum(data[start : start + SIZE]) for start in range(0, len(data), SIZE)]


def sum_column(data, offsets):
    return byte_sum(BinaryColumn.from_offsets(data, offsets))


def op(function, *arguments, data, **options):
    units = {"items": len(data) // SIZE, "unit": "message", "nbytes": len(data)}
    return Op(function, *arguments, **units, **({"expected": sums_of(data)} | options))


def receiving(function, messages):
    data = stream(messages)
    source = io.BytesIO(data)
    return op(function, source, messages, data=data, reset=lambda: source.seek(0))


@case(group="zero_copy/receive", params=MESSAGES)
def pooled(messages):
    data, pool = stream(messages), BufferPool(SIZE, IN_FLIGHT)
    source = io.BytesIO(data)
    answer = {"answer": lambda sums: (sums, pool.misses), "expected": (sums_of(data), IN_FLIGHT)}
    return op(receive_pooled, pool, source, messages, data=data, reset=lambda: source.seek(0), **answer)


@pooled.baseline(name="bytearray")
def fresh(messages):
    return receiving(receive_bytearrays, messages)


@pooled.baseline(name="bytes")
def read(messages):
    return receiving(receive_bytes, messages)


@case(group="zero_copy/views", params=MESSAGES)
def column(messages):
    data = stream(messages)
    return op(sum_column, data, np.arange(0, len(data) + 1, SIZE), data=data)


@column.baseline(name="memoryview")
def views(messages):
    data = stream(messages)
    return op(sum_parts, memoryview(data), data=data)


@column.baseline(name="bytes")
def copies(messages):
    data = stream(messages)
    return op(sum_parts, data, data=data)


if __name__ == "__main__":
    main()
