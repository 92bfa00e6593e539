"""Who owns what in a Batcher: memory taken again, reference counts, and finalizers that come back to it."""

import gc
import sys
import weakref

import pytest

from fastpaths.batch import BatchConfig, Batcher, FixedSize, MegaBatch, MemoryBased, RingBuffer, TimeWindow


class TestReuse:
    def test_memory_comes_back_once_nobody_holds_the_batch(self):
        batcher = Batcher(MegaBatch(1_000))

        def places():
            held = gc.get_referents(batcher)
            return {id(memory) for memory in held if type(memory) is list and sys.getsizeof(memory) >= 8_000}

        for _ in range(9):
            for batch in batcher.add_many(range(999)):  # noqa: B007  of which the loop holds one, as loops do
                pass
        known = places()
        assert len(known) == 3
        for _ in range(30):
            for batch in batcher.add_many(range(999)):  # noqa: B007
                assert places() <= known
        kept = [batch for _ in range(10) for batch in batcher.add_many(range(700))]
        assert len({id(batch) for batch in [*kept, batch]}) == len(kept) + 1

    def test_an_iterator_holds_its_batch(self):
        batcher = Batcher(MegaBatch(4))
        iterators = [iter(batch) for _ in range(10) for batch in batcher.add_many(range(4))]
        assert [list(iterator) for iterator in iterators] == [[0, 1, 2, 3]] * 10

    def test_what_is_done_to_a_batch_does_not_show_in_a_later_one(self):
        batcher = Batcher(MegaBatch(4))
        for change in (list.clear, lambda batch: batch.extend(range(99)), list.pop, list.sort) * 3:
            for batch in batcher.add_many(range(4)):
                assert batch == [0, 1, 2, 3]
                change(batch)

    def test_records_of_lent_batches_are_released(self):
        class Record:
            pass

        batcher = Batcher(MegaBatch(1))
        first = Record()
        seen = weakref.ref(first)
        batcher.add(first)
        del first
        for _ in range(3):
            batcher.add(Record())
        assert seen() is None


class Finalized:
    """Calls something when it goes."""

    def __init__(self, call):
        self.call = call

    def __del__(self):
        self.call()


ACTIONS = {
    "add": lambda batcher: batcher.add("inner"),
    "add_many": lambda batcher: batcher.add_many(["inner"] * 5),
    "flush": lambda batcher: batcher.flush(),
}


class TestOwnership:
    @pytest.mark.parametrize(
        "strategy",
        [FixedSize(4), MegaBatch(4), MemoryBased(4, size=lambda x: 1)],
        ids=lambda strategy: type(strategy).__name__,
    )
    def test_every_reference_is_given_back(self, strategy):
        x = object()
        before = sys.getrefcount(x)
        batcher = Batcher(strategy)
        for make in (list, tuple, iter):
            batcher.add_many(make([x] * 403))
            for _ in range(9):
                batcher.add(x)
            with pytest.raises(ZeroDivisionError):
                batcher.add_many(x if i < 7 else 1 // 0 for i in range(9))
        batcher.flush()
        batcher.add(x)
        assert sys.getrefcount(x) > before
        del batcher
        assert sys.getrefcount(x) == before

    @pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
    def test_finalizers_may_come_back_when_memory_is_reused(self, action):
        out = []
        batcher = Batcher(MegaBatch(3))
        for _ in range(5):
            batcher.add_many([Finalized(lambda: out.append(action(batcher)))] * 1 + ["a", "b"])
            batcher.add_many(["c"] * 4)
        batches = batcher.flush()
        assert all(len(batch) <= 3 for batch in batches)
        del batches

    @pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
    @pytest.mark.parametrize("strategy", [FixedSize(3), MegaBatch(3), BatchConfig(FixedSize(3))], ids=repr)
    def test_the_garbage_collector_may_come_back_at_any_allocation(self, strategy, action):
        out, inner = [], []
        batcher = Batcher(strategy)

        def come_back():
            result = action(batcher)
            inner.extend(result if result and isinstance(result[0], list) else [result] if result else [])

        def garbage():
            ring = RingBuffer(1)
            ring.push(Finalized(come_back))
            ring.push([ring, ring.drain()])

        threshold = gc.get_threshold()
        garbage()
        gc.set_threshold(1)
        try:
            for i in range(40):
                out += batcher.add_many([i] * (i % 7))
                garbage()
                batch = batcher.add(i)
                out += [batch] if batch else []
        finally:
            gc.set_threshold(*threshold)
            gc.collect()
        out += batcher.flush()
        mine = [x for batch in out + inner for x in batch if x != "inner"]
        assert sorted(mine) == sorted(x for i in range(40) for x in [i] * (i % 7 + 1))

    def test_cycles_are_collected(self):
        class Source:
            def time(self):
                return 0.0

        source = Source()
        source.batcher = Batcher(TimeWindow(1), clock=source.time)
        source.batcher.add(source)
        seen = weakref.ref(source)
        del source
        gc.collect()
        assert seen() is None
