"""Batcher: what every strategy keeps to, for any sequence of calls, and what each of them does differently."""

import itertools
import math
import sys

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fastpaths.batch import (
    AdaptiveSize,
    BatchConfig,
    Batcher,
    FixedSize,
    LowLatency,
    MegaBatch,
    MemoryBased,
    TimeWindow,
)


class Clock:
    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


STRATEGIES = [
    FixedSize(1),
    FixedSize(7),
    TimeWindow(2.0),
    AdaptiveSize(2, 40, 1.5),
    MemoryBased(10, size=abs),
    LowLatency(4, 1.0),
    LowLatency(4, 1.0, eager=False),
    MegaBatch(12),
    MegaBatch(12, reuse_buffer=False),
    BatchConfig(FixedSize(20), batch_timeout=3.0),
    BatchConfig(MegaBatch(6), max_batch_size=6, batch_timeout=1.0),
    BatchConfig(TimeWindow(1.0), max_batch_size=5),
    BatchConfig(FixedSize(5), enabled=False),
]
sizes = st.integers(0, 15)


class AnyBatcher(RuleBasedStateMachine):
    """Records are (number, time of arrival); a number is also the size that MemoryBased sees, modulo 16."""

    @initialize(strategy=st.sampled_from(STRATEGIES))
    def make(self, strategy):
        self.strategy = strategy
        self.clock = Clock()
        if isinstance(strategy, MemoryBased):
            strategy = MemoryBased(strategy.max_bytes, size=lambda record: record[0] % 16)
        self.batcher = Batcher(strategy, clock=self.clock)
        self.numbers = itertools.count()
        self.taken, self.out = [], []
        self.kept = []  # (a batch that was not let go of, what it held)

    def records(self, n):
        return [(next(self.numbers), self.clock.now) for _ in range(n)]

    def got(self, batches, flushed=False):
        for batch in batches:
            assert type(batch) is list
            self.check(batch, flushed)
            self.out += batch

    def check(self, batch, flushed):
        assert batch
        limits = self.strategy.limits
        assert len(batch) <= limits.records
        if not limits.eager:  # an eager batch may have waited since the batch before, and no longer
            assert batch[-1][1] - batch[0][1] < limits.wait
        if isinstance(self.strategy, FixedSize | MegaBatch) and not flushed:
            assert len(batch) == limits.records
        if isinstance(self.strategy, MemoryBased):
            assert len(batch) == 1 or sum(number % 16 for number, _ in batch) <= limits.nbytes

    @rule()
    def add(self):
        (record,) = self.records(1)
        batch = self.batcher.add(record)
        self.taken.append(record)
        self.got([] if batch is None else [batch])

    @rule(n=sizes, make=st.sampled_from([list, tuple, iter]))
    def add_many(self, n, make):
        records = self.records(n)
        batches = self.batcher.add_many(make(records))
        self.taken += records
        self.got(batches)

    @rule(n=sizes)
    def add_from_what_raises(self, n):
        records = self.records(n)

        def interrupted():
            yield from records
            raise LookupError

        with pytest.raises(LookupError) as caught:
            self.batcher.add_many(interrupted())
        assert caught.value.__notes__ == [f"Batcher.add_many: {n} records were taken before this"]
        self.taken += records

    @rule(n=sizes)
    def add_and_keep(self, n):
        records = self.records(n)
        batches = self.batcher.add_many(records)
        self.taken += records
        self.kept += [(batch, list(batch)) for batch in batches]
        self.got(batches)

    @rule(seconds=st.sampled_from([0.25, 0.5, 1.0, 2.5]))
    def let_time_pass(self, seconds):
        self.clock.now += seconds

    @rule()
    def poll(self):
        deadline = self.batcher.deadline
        batches = self.batcher.poll()
        assert bool(batches) is (deadline is not None and deadline <= self.clock.now)
        assert self.batcher.deadline is None or self.batcher.deadline > self.clock.now
        self.got(batches)

    @rule()
    def flush(self):
        self.got(self.batcher.flush(), flushed=True)
        assert len(self.batcher) == 0
        assert self.batcher.deadline is None
        assert self.out == self.taken

    @rule(records=st.integers(1, 50), seconds=st.sampled_from([0.0, 0.1, 1.5, 100.0, math.inf]))
    def report(self, records, seconds):
        self.batcher.report(records, seconds)
        if isinstance(self.strategy, AdaptiveSize):
            assert self.strategy.min_batch_size <= self.batcher.batch_size <= self.strategy.max_batch_size

    @rule()
    def let_go(self):
        self.check_kept()
        self.kept.clear()

    def check_kept(self):
        for batch, content in self.kept:
            assert batch == content

    @invariant()
    def nothing_is_lost(self):
        assert self.out == self.taken[: len(self.out)]
        assert len(self.out) + len(self.batcher) == len(self.taken)

    @invariant()
    def nothing_waits_without_a_deadline(self):
        held, deadline = len(self.batcher), self.batcher.deadline
        if held and self.strategy.limits.wait < math.inf:
            assert deadline <= self.taken[-held][1] + self.strategy.limits.wait

    def teardown(self):
        self.check_kept()


TestAnyBatcher = AnyBatcher.TestCase
TestAnyBatcher.settings = settings(max_examples=150, deadline=None)


def handed_out(strategy, times):
    """Add a record at each of these times, and poll at every deadline: (when a batch came, times of its records)."""
    clock, out = Clock(0.0), []
    batcher = Batcher(strategy, clock=clock)
    for time in [*times, math.inf]:
        while batcher.deadline is not None and batcher.deadline < time:
            clock.now = max(clock.now, batcher.deadline)
            out += [(clock.now, batch) for batch in batcher.poll()]
        if time < math.inf:
            clock.now = time
            batch = batcher.add(time)
            out += [(time, batch)] if batch else []
    return out


class TestEach:
    def test_fixed_size(self):
        batcher = Batcher(FixedSize(3))
        assert [batcher.add(i) for i in range(7)] == [None, None, [0, 1, 2], None, None, [3, 4, 5], None]
        assert batcher.add_many(range(7, 13)) == [[6, 7, 8], [9, 10, 11]]
        assert batcher.flush() == [[12]]
        assert batcher.flush() == []

    def test_a_clock_is_read_only_where_time_matters(self):
        def clock():
            raise AssertionError

        for strategy in (FixedSize(2), MemoryBased(5, size=len), MegaBatch(3)):
            batcher = Batcher(strategy, clock=clock)
            batcher.add_many(["a", "b", "c"])
            batcher.add("d")
            batcher.poll()
            assert batcher.deadline is None

    def test_time_window(self):
        times = [0, 1, 1.5, 2, 5, 5, 9]
        assert handed_out(TimeWindow(2), times) == [(2, [0, 1, 1.5]), (4, [2]), (7, [5, 5]), (11, [9])]

    def test_a_late_record_opens_the_next_window(self):
        clock = Clock()
        batcher = Batcher(TimeWindow(1), clock=clock)
        batcher.add("early")
        clock.now += 100
        assert batcher.add("late") == ["early"]
        assert batcher.deadline == clock.now + 1

    def test_eager_sending_waits_only_for_records_that_follow_closely(self):
        times = [0, 1, 1.5, 3, 10, 10.5, 10.6, 10.7, 10.8, 20]
        assert handed_out(LowLatency(3, 2), times) == [
            (0, [0]),
            (2, [1, 1.5]),
            (4, [3]),
            (10, [10]),
            (10.7, [10.5, 10.6, 10.7]),
            (12.7, [10.8]),
            (20, [20]),
        ]
        assert handed_out(LowLatency(3, 2, eager=False), times) == [
            (1.5, [0, 1, 1.5]),
            (5, [3]),
            (10.6, [10, 10.5, 10.6]),
            (12.7, [10.7, 10.8]),
            (22, [20]),
        ]

    def test_an_eager_arrival_goes_out_together(self):
        assert Batcher(LowLatency(10)).add_many("abc") == [["a", "b", "c"]]

    def test_memory_based(self):
        batcher = Batcher(MemoryBased(10))
        assert batcher.add(b"12345") is None
        assert batcher.add("é" * 3) == [b"12345"]
        assert batcher.add(bytearray(4)) == ["é" * 3, bytearray(4)]
        assert batcher.add(memoryview(b"1")) is None
        assert batcher.add(bytes(99)) == [b"1"]
        assert batcher.deadline == -math.inf
        assert batcher.add(b"2") == [bytes(99)]
        assert batcher.deadline is None
        assert batcher.flush() == [[b"2"]]

    def test_sizes_up_to_the_largest(self):
        batcher = Batcher(MemoryBased(sys.maxsize - 1, size=int))
        assert batcher.add_many([5, sys.maxsize, sys.maxsize - 6, 5, 1]) == [[5], [sys.maxsize], [sys.maxsize - 6, 5]]
        assert batcher.flush() == [[1]]

    def test_disabled_batching(self):
        assert Batcher(BatchConfig(MegaBatch(), enabled=False)).add_many("ab") == [["a"], ["b"]]

    def test_a_configuration_bounds_its_strategy(self):
        clock = Clock()
        batcher = Batcher(BatchConfig.ultra_throughput(), clock=clock)
        assert batcher.batch_size == 100_000
        batcher.add("x")
        assert batcher.deadline == clock.now + 0.05


class TestErrors:
    @pytest.mark.parametrize("strategy", [None, 100, FixedSize, "FixedSize"])
    def test_what_is_no_strategy(self, strategy):
        with pytest.raises(TypeError, match="strategy must be a Strategy or a BatchConfig, got"):
            Batcher(strategy)

    def test_what_is_no_clock(self):
        with pytest.raises(TypeError, match=r"clock must be a function that tells the time, got 1\.0"):
            Batcher(FixedSize(1), clock=1.0)

    @pytest.mark.parametrize(
        ("size", "error"),
        [(None, TypeError), (lambda x: -1, ValueError), (lambda x: "1", TypeError), (lambda x: 2**63, OverflowError)],
        ids=["none for a dict", "negative", "no number", "too large"],
    )
    def test_a_record_without_a_size_is_not_taken(self, size, error):
        batcher = Batcher(MemoryBased(2, size=lambda x: size(x) if size and x == {} else 1))
        if size is None:
            batcher = Batcher(MemoryBased(2))
        with pytest.raises(error):
            batcher.add({})
        with pytest.raises(error) as caught:
            batcher.add_many(["a", "b", "c", {}, "d"])
        assert caught.value.__notes__ == ["Batcher.add_many: 3 records were taken before this"]
        assert batcher.deadline == -math.inf
        assert batcher.add("e") == ["a", "b"]
        assert batcher.add("f") == ["c", "e"]

    def test_the_size_of_others_is_asked_for(self):
        with pytest.raises(TypeError, match=r"counts bytes-like .* and str, found dict; pass a function as its `size`"):
            Batcher(MemoryBased(2)).add({})

    def test_a_clock_that_raises_changes_nothing(self):
        clock = Clock()
        batcher = Batcher(TimeWindow(1), clock=lambda: clock())
        batcher.add("a")
        working, clock = clock, lambda: 1 // 0
        for call in (lambda: batcher.add("b"), lambda: batcher.add_many("bc"), batcher.poll):
            with pytest.raises(ZeroDivisionError):
                call()
        assert batcher.deadline == working.now + 1
        assert batcher.flush() == [["a"]]

    def test_no_memory_for_a_batch(self):
        batcher = Batcher(MegaBatch(sys.maxsize))
        for call in (lambda: batcher.add("a"), lambda: batcher.add_many(["a"])):
            with pytest.raises(MemoryError):
                call()
        assert len(batcher) == 0
        assert batcher.flush() == []
