"""What a RingBuffer holds, against collections.deque(maxlen)."""

import itertools
import sys
from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fastpaths.batch import RingBuffer

counts = st.integers(0, 12) | st.integers(120, 300)
numbers = itertools.count()


def filled(capacity, pushed):
    ring = RingBuffer(capacity)
    ring.push_many(range(pushed))
    return ring


class RingAgainstDeque(RuleBasedStateMachine):
    @initialize(capacity=st.integers(1, 6) | st.integers(126, 130))  # push_many overwrites in blocks of 128
    def make(self, capacity):
        self.ring = RingBuffer(capacity)
        self.model = deque(maxlen=capacity)
        self.dropped = 0
        self.snapshots = []  # (a view or an iterator, what it must still show)

    def expect(self, pushed):
        self.dropped += max(0, len(self.model) + len(pushed) - self.ring.capacity)
        self.model.extend(pushed)
        return len(self.model) == self.ring.capacity

    @rule()
    def push(self):
        x = next(numbers)
        assert self.ring.push(x) is self.expect([x])

    @rule(n=counts, make=st.sampled_from([list, tuple, iter]))
    def push_many(self, n, make):
        xs = list(itertools.islice(numbers, n))
        assert self.ring.push_many(make(xs)) is self.expect(xs)

    @rule(n=counts)
    def push_from_what_raises(self, n):
        xs = list(itertools.islice(numbers, n))

        def interrupted():
            yield from xs
            raise LookupError

        with pytest.raises(LookupError):
            self.ring.push_many(interrupted())
        self.expect(xs)

    @rule()
    def push_itself(self):
        assert self.ring.push_many(self.ring) is self.expect(list(self.model))

    @rule()
    def drain(self):
        assert self.ring.drain() == list(self.model)
        self.model.clear()

    @rule()
    def clear(self):
        self.ring.clear()
        self.model.clear()

    @rule(part=st.slices(6))
    def view(self, part):
        self.snapshots.append((self.ring.view()[part], list(self.model)[part]))

    @rule(consumed=counts)
    def iterate(self, consumed):
        iterator = iter(self.ring)
        assert list(itertools.islice(iterator, consumed)) == list(self.model)[:consumed]
        self.snapshots.append((iterator, list(self.model)[consumed:]))

    @rule()
    def let_go_of_snapshots(self):
        self.check_snapshots()
        self.snapshots.clear()

    def check_snapshots(self):
        for seen, expected in self.snapshots:
            assert list(seen) == expected

    def teardown(self):
        self.check_snapshots()

    @invariant()
    def same_content(self):
        assert list(self.ring) == list(self.ring.view()) == list(self.model)
        assert len(self.ring) == len(self.model)
        assert self.ring.full is (len(self.model) == self.ring.capacity)
        assert self.ring.dropped == self.dropped


TestRingAgainstDeque = RingAgainstDeque.TestCase
TestRingAgainstDeque.settings = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize(
    ("capacity", "error"),
    [(0, ValueError), (-1, ValueError), (sys.maxsize, MemoryError), ("1", TypeError), (1.5, TypeError)],
)
def test_a_capacity_that_cannot_be(capacity, error):
    with pytest.raises(error):
        RingBuffer(capacity)


def test_it_cannot_be_subclassed():
    with pytest.raises(TypeError, match="not an acceptable base type"):
        type("Mine", (RingBuffer,), {})


def test_what_is_not_iterable_changes_nothing():
    ring = filled(3, 2)
    with pytest.raises(TypeError):
        ring.push_many(5)
    assert list(ring) == [0, 1]
