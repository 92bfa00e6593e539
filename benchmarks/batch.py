"""Records collected in batches by RingBuffer and by Batcher, against deques and lists.

The work on a batch is the sum of its records' amounts, and the sum of every batch is compared with the expected one. A
poll is 500 records, kafka-python's max_poll_records. In add_many no work is done, and a call takes 10,000 records.
"""

import itertools
from collections import deque
from functools import partial

from _stream import stream, work

from fastpaths import Batcher, FixedSize, MegaBatch, RingBuffer
from fastpaths.bench import Op, case, main

BATCHES = [1_000, 10_000, 50_000, 100_000]
RECORDS = {"quick": [100_000], "default": [1_000_000], "production": [10_000_000]}
SIZES = {"records": RECORDS, "batch": {"quick": BATCHES[:3], "default": BATCHES, "production": BATCHES[1:]}}
PUSHES = {"records": RECORDS, "batch": [10_000, 1_000, 50_000, 100_000]}  # the capacity
LARGE = {"records": RECORDS, "batch": [50_000, 100_000]}
CUTS = {
    "records": RECORDS,
    "batch": [1_000, 100, 10_000],
    "distinct": {"quick": [1_000], "default": [1_000, 100_000], "production": [1_000, 100_000]},  # cached, and not
}


def ring_by_record(ring, records):
    for record in records:
        if ring.push(record):
            yield work(ring.view())
            ring.clear()


def batcher_by_record(batcher, records):
    for record in records:
        if batch := batcher.add(record):
            yield work(batch)


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


def batcher_by_poll(batcher, polls):
    return (work(batch) for poll in polls for batch in batcher.add_many(poll))


def list_by_poll(size, polls):
    batch = []
    for poll in polls:
        batch.extend(poll)
        if len(batch) == size:
            yield work(batch)
            batch = []


class PythonBatcher:
    """A batcher as it is written in Python: what FixedSize does, and no more."""

    def __init__(self, size):
        self.size, self.batch = size, []

    def add(self, record):
        self.batch.append(record)
        if len(self.batch) < self.size:
            return None
        batch, self.batch = self.batch, []
        return batch

    def add_many(self, records):
        return [batch for record in records if (batch := self.add(record))]


def in_calls(batcher, calls):
    return itertools.chain.from_iterable(map(batcher.add_many, calls))


def loop(size, calls):
    batch = []
    for records in calls:
        for record in records:
            batch.append(record)
            if len(batch) == size:
                yield batch
                batch = []


def islice(size, calls):
    """itertools.batched of Python 3.12, as its documentation spells it out."""
    records = itertools.chain.from_iterable(calls)
    return iter(lambda: list(itertools.islice(records, size)), [])


def batches(collect, make, records, batch, poll=None):
    """collect(make(batch), arrivals) gives the work of each batch. Records arrive singly, or `poll` at a time."""
    data = stream(records)
    arrivals = [data[i : i + poll] for i in range(0, records, poll)] if poll else data
    sums = [sum(record["amount"] for record in data[i : i + batch]) for i in range(0, records, batch)]
    collector = make(batch)
    return Op(lambda: list(collect(collector, arrivals)), items=records, unit="record", expected=sums)


def pushes(method, make, records, batch, each=False):
    """All records go in, by one call or by a call `each`; the last of them stay."""
    data, buffer, op = stream(records), make(batch), Op.each if each else partial(Op, items=records)
    return op(getattr(buffer, method), data, unit="record", answer=lambda _: list(buffer), expected=data[-batch:])


def cuts(collect, make, records, batch, distinct):
    """collect(make(batch), calls) gives the batches, of which the length and the last record are looked at."""
    data, collector = stream(records, distinct), make(batch)
    calls = [data[i : i + 10_000] for i in range(0, records, 10_000)]
    ends = lambda batch: (len(batch), batch[-1])  # noqa: E731
    expected = [(batch, record) for record in data[batch - 1 :: batch]]
    return Op(lambda: list(map(ends, collect(collector, calls))), items=records, unit="record", expected=expected)


def define(name, set_up, params=SIZES, **sides):
    """The case batch/<name>/<the first side> and its baselines, the others: set_up(*side, **params) makes the Op."""
    (label, side), *peers = sides.items()
    subject = case(group=f"batch/{name}", name=label, params=params)(lambda **size: set_up(*side, **size))
    for peer, its in peers:
        subject.baseline(name=peer)(lambda its=its, **size: set_up(*its, **size))


def fixed(size):
    return Batcher(FixedSize(size))


def fresh(size):
    return Batcher(MegaBatch(size, reuse_buffer=False))


def mega(size):
    return Batcher(MegaBatch(size))


DEQUE = partial(deque, ())
LIST = (list_by_record, int)
define("push", partial(pushes, each=True), PUSHES, ring=("push", RingBuffer), deque=("append", DEQUE))
define("push_many", pushes, PUSHES, ring=("push_many", RingBuffer), deque=("extend", DEQUE))
define("by_record", batches, ring=(ring_by_record, RingBuffer), deque=(deque_by_record, DEQUE), list=LIST)
define("by_poll", partial(batches, poll=500), ring=(ring_by_poll, RingBuffer), list=(list_by_poll, int))
define("add", batches, LARGE, batcher=(batcher_by_record, fixed), python=(batcher_by_record, PythonBatcher), list=LIST)
define(
    "add_many",
    cuts,
    CUTS,
    batcher=(in_calls, fixed),
    python=(in_calls, PythonBatcher),
    loop=(loop, int),
    islice=(islice, int),
)
define(
    "mega",
    partial(batches, poll=500),
    LARGE,
    reused=(batcher_by_poll, mega),
    fresh=(batcher_by_poll, fresh),
    list=(list_by_poll, int),
)

if __name__ == "__main__":
    main()
