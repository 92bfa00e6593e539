"""Records collected in a ring buffer, against collections.deque(maxlen) and fresh lists.

Records are dicts; at most 100,000 differ, a longer stream repeats them. The work on a batch is the sum of its records'
amounts, and the sum of every batch is compared with the expected one. A poll is 500, kafka-python's max_poll_records.
"""

import operator
import random
from collections import deque
from functools import partial

from fastpaths import RingBuffer
from fastpaths.bench import Op, case, main

BATCHES = [1_000, 10_000, 50_000, 100_000]
SIZES = {
    "records": {"quick": [100_000], "default": [1_000_000], "production": [10_000_000]},
    "batch": {"quick": BATCHES[:3], "default": BATCHES, "production": BATCHES[1:]},
}
STATUSES = ("active", "pending", "completed", "cancelled")


def stream(records):
    rng, ids = random.Random(records), range(min(records, 100_000))
    names = ("id", "account_id", "amount", "status", "timestamp")
    rows = ((i, f"ACC{i % 10_000:08d}", rng.randrange(1_000_000), STATUSES[i % 4], 10**12 + i) for i in ids)
    return [dict(zip(names, row, strict=True)) for row in rows] * (records // len(ids))


def work(batch, amount=operator.itemgetter("amount")):
    return sum(map(amount, batch))


def ring_by_record(ring, records):
    for record in records:
        if ring.push(record):
            yield work(ring.view())
            ring.clear()


def deque_by_record(queue, records):
    size = queue.maxlen
    for record in records:
        queue.append(record)
        if len(queue) == size:
            yield work(queue)
            queue.clear()


def list_by_record(size, records):
    batch = []
    for record in records:
        batch.append(record)
        if len(batch) == size:
            yield work(batch)
            batch = []


def ring_by_poll(ring, polls):
    return (work(ring.drain()) for poll in polls if ring.push_many(poll))


def list_by_poll(size, polls):
    batch = []
    for poll in polls:
        batch.extend(poll)
        if len(batch) == size:
            yield work(batch)
            batch = []


def batches(collect, make, records, batch, poll=None):
    """collect(make(batch), arrivals) gives the work of each batch. Records arrive singly, or `poll` at a time."""
    data = stream(records)
    arrivals = [data[i : i + poll] for i in range(0, records, poll)] if poll else data
    sums = [sum(record["amount"] for record in data[i : i + batch]) for i in range(0, records, batch)]
    return Op(lambda: list(collect(make(batch), arrivals)), items=records, unit="record", expected=sums)


def pushes(method, make, records, batch, each=False):
    """All records go in, by one call or by a call `each`; the last of them stay."""
    data, buffer, op = stream(records), make(batch), Op.each if each else partial(Op, items=records)
    return op(getattr(buffer, method), data, unit="record", answer=lambda _: list(buffer), expected=data[-batch:])


def define(name, set_up, ring, **peers):
    """The case batch/<name>/ring and its baselines: set_up(*side, records, batch) makes the Op of each."""
    subject = case(group=f"batch/{name}", name="ring", params=SIZES)(lambda **size: set_up(*ring, **size))
    for peer, side in peers.items():
        subject.baseline(name=peer)(lambda side=side, **size: set_up(*side, **size))


DEQUE = partial(deque, ())
define("push", partial(pushes, each=True), ring=("push", RingBuffer), deque=("append", DEQUE))
define("push_many", pushes, ring=("push_many", RingBuffer), deque=("extend", DEQUE))
define("by_record", batches, (ring_by_record, RingBuffer), deque=(deque_by_record, DEQUE), list=(list_by_record, int))
define("by_poll", partial(batches, poll=500), (ring_by_poll, RingBuffer), list=(list_by_poll, int))

if __name__ == "__main__":
    main()
