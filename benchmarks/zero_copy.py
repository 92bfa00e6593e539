"""Messages of 4 KiB, byte i of message n being (i + n) % 256: received, and the sum of each taken.

zero_copy/receive: from a stream, message after message, a thousand in flight. `pooled` borrows a buffer for each;
`bytearray` makes one, `bytes` has the stream make it.

zero_copy/views: from one buffer, where all messages arrived together. `column` looks at them where they are, without an
object for any; `memoryview` makes a view of each, `bytes` a copy.

Every answer includes how many blocks of a message's size were allocated for the messages: a thousand for `pooled`, with
a new pool and however many messages, none for views, one a message for the others. They are counted in a pass of its
own: tracemalloc, which sees the pool's blocks as it does those of objects, lists what was allocated since its last look
and is still there when the sums would be taken.
"""

import io
import tracemalloc
from functools import partial

import numpy as np

from fastpaths import BinaryColumn
from fastpaths.bench import Op, case, main
from fastpaths.rawbytes import BufferPool, byte_sum

SIZE = 4_096
LARGEST = SIZE + 64  # a block of a message, and the header of its object where that is in the same one
IN_FLIGHT = 1_000
MESSAGES = {"messages": {"quick": [2_000], "default": [10_000], "production": [10_000]}}


def stream(messages):
    numbers = np.arange(messages)[:, None] + np.arange(SIZE)
    return numbers.astype(np.uint8).tobytes()


def sums_of(data):
    return np.frombuffer(data, np.uint8).reshape(-1, SIZE).sum(axis=1, dtype=np.int64).tolist()


def blocks(held):
    """In place of their sums: how many blocks of a message's size are there that were not at the last look."""
    traces = tracemalloc.take_snapshot().traces
    tracemalloc.clear_traces()
    return [sum(SIZE <= trace.size < LARGEST for trace in traces)]


def pooled_buffers(pool, source):
    held = [pool.borrow() for _ in range(IN_FLIGHT)]
    for buffer in held:
        source.readinto(buffer)
    return held


def return_all(held):
    for buffer in held:
        buffer.release()


def bytearrays(source):
    held = [bytearray(SIZE) for _ in range(IN_FLIGHT)]
    for buffer in held:
        source.readinto(buffer)
    return held


def bytes_objects(source):
    return [source.read(SIZE) for _ in range(IN_FLIGHT)]


def sums(held):
    return map(byte_sum, held)


def receive(hold, let_go, data, use=sums):
    source, results = io.BytesIO(data), []
    for _ in range(0, len(data), IN_FLIGHT * SIZE):
        held = hold(source)
        results += use(held)
        let_go(held)
    return results


def parts(data, use=byte_sum):
    return [use(data[start : start + SIZE]) for start in range(0, len(data), SIZE)]


def column(offsets, data, use=byte_sum):
    return use(BinaryColumn.from_offsets(data, offsets))


def op(make, data, allocated):
    """make() gives the function that is measured; of another one, the allocations are counted."""

    def answer(sums):
        tracemalloc.start()
        counted = make()(data, use=blocks)
        tracemalloc.stop()
        return sums, int(np.sum(counted))

    units = {"items": len(data) // SIZE, "unit": "message", "nbytes": len(data)}
    return Op(make(), data, answer=answer, expected=(sums_of(data), allocated), **units)


@case(group="zero_copy/receive", params=MESSAGES)
def pooled(messages):
    def make():
        return partial(receive, partial(pooled_buffers, BufferPool(SIZE, IN_FLIGHT)), return_all)

    return op(make, stream(messages), IN_FLIGHT)


@pooled.baseline(name="bytearray")
def fresh(messages):
    return op(lambda: partial(receive, bytearrays, list.clear), stream(messages), messages)


@pooled.baseline(name="bytes")
def read(messages):
    return op(lambda: partial(receive, bytes_objects, list.clear), stream(messages), messages)


@case(group="zero_copy/views", name="column", params=MESSAGES)
def views(messages):
    offsets = np.arange(0, messages * SIZE + 1, SIZE)
    return op(lambda: partial(column, offsets), stream(messages), 0)


@views.baseline(name="memoryview")
def memoryviews(messages):
    return op(lambda: parts, memoryview(stream(messages)), 0)


@views.baseline(name="bytes")
def copies(messages):
    return op(lambda: parts, stream(messages), messages)


if __name__ == "__main__":
    main()
