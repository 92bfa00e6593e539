"""Who owns what in a Batcher: memory taken again, reference counts, and finalizers that come back to it."""

import gc
import sys
import weakref

import pytest

from fastpaths.batch import Batcher, FixedSize, MegaBatch, MemoryBased, TimeWindow


@pytest.fixture(autouse=True, scope="module")
def nothing_else_to_collect():
    """Every gc.collect() below would otherwise look through all that was imported."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


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
    "add": lambda batcher, xs: [batcher.add(xs.pop())],
    "add_many": lambda batcher, xs: batcher.add_many(xs),
    "add_from": lambda batcher, xs: batcher.add_many(iter(xs)),
    "poll": lambda batcher, xs: batcher.poll(),
    "flush": lambda batcher, xs: batcher.flush(),
}
pairs_of_actions = pytest.mark.parametrize(
    ("outer", "inner"), [pytest.param(ACTIONS[a], ACTIONS[b], id=f"{a}-{b}") for a in ACTIONS for b in ACTIONS]
)


def taken_by(action, xs):
    """The records that an action adds."""
    batcher = Batcher(FixedSize(100))
    action(batcher, xs)
    return [x for batch in batcher.flush() for x in batch]


class TestOwnership:
    @pytest.mark.parametrize("strategy", [FixedSize(4), MegaBatch(4), MemoryBased(4, size=lambda x: 1)], ids=repr)
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

    @pairs_of_actions
    def test_finalizers_may_come_back_when_memory_is_reused(self, outer, inner):
        """Memory is reused while a batch is begun, and releases the records that lay there."""

        def come_back():
            released.append(1)
            out.extend(inner(batcher, ["inner"] * 2))

        batcher = Batcher(MegaBatch(3))
        out, released = [], []
        for _ in range(3):
            batcher.add_many([Finalized(come_back) for _ in range(3)])
        batcher.add("a")
        out += outer(batcher, ["outer"] * 4)
        out += batcher.flush()
        assert released
        sizes = [len(batch) for batch in out if batch]
        assert max(sizes) <= 3

    @pairs_of_actions
    @pytest.mark.parametrize("make", [lambda: FixedSize(20), lambda: MegaBatch(20)], ids=["fresh", "reused"])
    @pytest.mark.parametrize("held", [0, 8, 19])  # 8: a batch begins with room for as many
    def test_the_garbage_collector_may_come_back_at_any_allocation(self, outer, inner, make, held):
        """CPython 3.11 collects inside an allocation, later ones between two bytecodes. No record is lost."""
        threshold = gc.get_threshold()
        for allocation in range(1, 8):
            out = []
            batcher = Batcher(make())
            batcher.add_many(["held"] * held)
            given = {"outer": ["outer"] * 25, "inner": ["inner"] * 25}  # made here: nothing else is to allocate
            left = {name: list(xs) for name, xs in given.items()}
            gc.collect()  # which also empties the free lists: the next list is allocated
            garbage = Finalized(lambda: out.extend(inner(batcher, given["inner"])))  # noqa: B023
            garbage.itself = garbage
            del garbage
            gc.set_threshold(allocation)
            try:
                mine = outer(batcher, given["outer"])
            finally:
                gc.set_threshold(*threshold)
            gc.collect()
            batches = [batch for batch in [*out, *mine, *batcher.flush()] if batch]
            assert all(len(batch) <= 20 for batch in batches)
            expected = ["held"] * held
            for name, action in (("outer", outer), ("inner", inner)):
                expected += taken_by(action, left[name])
            assert sorted(x for batch in batches for x in batch) == sorted(expected)

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
