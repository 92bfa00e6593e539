"""Who owns what in a RingBuffer: reference counts, cycles, and finalizers that come back to the ring."""

import gc
import sys
import weakref

import pytest

from fastpaths.batch import RingBuffer


@pytest.fixture(autouse=True, scope="module")
def nothing_else_to_collect():
    """Every gc.collect() below would otherwise look through all that was imported."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("keep", ["view", "part", "iterator", "nothing"])
def test_every_reference_is_given_back(keep):
    x = object()
    before = sys.getrefcount(x)
    ring = RingBuffer(3)
    kept = []
    for _ in range(3):
        for _ in range(5):
            ring.push(x)
        ring.push_many([x] * 400)
        ring.push_many(x for _ in range(4))
        kept += {"view": [ring.view()], "part": [ring.view()[1:]], "iterator": [iter(ring)], "nothing": []}[keep]
        ring.push(x)
        with pytest.raises(ZeroDivisionError):
            ring.push_many(x if i < 7 else 1 // 0 for i in range(9))
        assert ring.drain() == [x] * 3
        ring.push_many((x, x))
        assert list(kept[-1] if kept else ring.view())
        ring.clear()
    ring.push(x)
    assert sys.getrefcount(x) > before
    del ring, kept
    assert sys.getrefcount(x) == before


class Node:
    """An object that can be part of a cycle, and whose end can be seen."""


@pytest.mark.parametrize(
    "link",
    [lambda ring: ring, RingBuffer.view, lambda ring: ring.view()[1:], iter],
    ids=["ring", "view", "part", "iterator"],
)
def test_cycles_are_collected(link):
    ring = RingBuffer(3)
    node = Node()
    ring.push_many([node] * 5)
    node.ring = link(ring)
    seen = [weakref.ref(ring), weakref.ref(node)]
    del ring, node
    gc.collect()
    assert [reference() for reference in seen] == [None, None]


def test_a_ring_of_rings_of_rings_is_released_without_deep_recursion():
    ring = RingBuffer(1)
    for _ in range(200_000):
        outer = RingBuffer(1)
        outer.push(ring)
        ring = outer
    del ring, outer


class Finalized:
    """Calls something when it goes."""

    def __init__(self, call):
        self.call = call

    def __del__(self):
        self.call()


ACTIONS = {
    "push": lambda ring, xs: ring.push(xs[0]),
    "push_many": lambda ring, xs: ring.push_many(xs),
    "drain": lambda ring, xs: ring.drain(),
    "clear": lambda ring, xs: ring.clear(),
    "view": lambda ring, xs: list(ring.view()),
}
pairs_of_actions = pytest.mark.parametrize(
    ("outer", "inner"), [pytest.param(ACTIONS[a], ACTIONS[b], id=f"{a}-{b}") for a in ACTIONS for b in ACTIONS]
)


@pairs_of_actions
@pytest.mark.parametrize("viewed", [False, True])
@pytest.mark.parametrize("held", [3, 5, 6])  # part full, full, wrapped
def test_finalizers_may_come_back_to_the_ring(outer, inner, viewed, held):
    """Whatever happens in between: the ring holds whole objects, at most `capacity` of them, and works on."""
    calls = []

    def come_back():
        calls.append(1)
        inner(ring, ["late"] * 3)
        assert list(ring) == list(ring.view())

    ring = RingBuffer(5)
    ring.push_many(Finalized(come_back) for _ in range(held))
    view = ring.view() if viewed else None
    outer(ring, ["late"] * 3)
    del view
    for i in range(5):
        ring.push(i)
    assert len(ring) <= 5
    assert all(isinstance(x, int | str | Finalized) for x in ring)
    assert calls
    ring.clear()
    ring.clear()
    ring.drain()
    ring.push_many(range(7))
    assert list(ring) == [2, 3, 4, 5, 6]


@pairs_of_actions
@pytest.mark.parametrize("viewed", [False, True])
@pytest.mark.parametrize("held", [0, 3, 4, 5, 6])
def test_the_garbage_collector_may_come_back_at_any_allocation(outer, inner, viewed, held):
    """CPython 3.11 collects inside an allocation, later ones between two bytecodes. Either way one action is whole."""

    def run(schedule):
        """What both actions returned, and the ring and a view of it afterwards."""
        ring = RingBuffer(5)
        ring.push_many(range(held))
        view = ring.view() if viewed else []
        returned = {}
        given = {"outer": ["outer"], "inner": ["inner"]}  # made here, so that the action allocates first

        def act(name, action):
            returned[name] = action(ring, given[name])

        schedule(lambda: act("outer", outer), lambda: act("inner", inner))
        return returned, list(ring), ring.dropped, list(view)

    def by_the_collector(call_outer, call_inner):
        gc.collect()  # which also empties the free lists: the next list is allocated
        garbage = Finalized(call_inner)
        garbage.itself = garbage
        del garbage
        gc.set_threshold(1)
        call_outer()
        gc.set_threshold(*threshold)
        gc.collect()

    threshold = gc.get_threshold()
    try:
        inside = run(by_the_collector)
    finally:
        gc.set_threshold(*threshold)
    assert inside in (run(lambda outer, inner: (outer(), inner())), run(lambda outer, inner: (inner(), outer())))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="without __release_buffer__ no Python code runs at that point")
def test_a_ring_that_the_collector_is_clearing_is_an_empty_ring():
    class Exporter(tuple):  # a tuple, for those are not cleared
        def __buffer__(self, flags):
            return memoryview(b"any")

        def __release_buffer__(self, view):
            view.release()
            (ring,) = self
            seen.append(list(ring))
            ring.push_many(range(7))
            seen.append(ring.drain())

    seen = []
    ring = RingBuffer(3)
    ring.push_many([memoryview(Exporter((ring,))) for _ in range(3)])
    del ring
    gc.collect()
    assert seen == [[], [4, 5, 6]] * 3


@pytest.mark.parametrize("viewed", [False, True])
def test_the_list_being_pushed_may_shrink_meanwhile(viewed):
    source = [Node() for _ in range(1000)]
    ring = RingBuffer(200)
    ring.push_many(Finalized(source.clear) for _ in range(200))
    view = ring.view() if viewed else None
    ring.push_many(source)
    assert all(isinstance(x, Node | Finalized) for x in ring)
    del view


def test_clearing_sees_what_a_finalizer_pushed():
    ring = RingBuffer(3)
    ring.push(Finalized(lambda: ring.push("late")))
    ring.clear()
    assert list(ring) == ["late"]
    ring.push_many(range(5))
    assert list(ring) == [2, 3, 4]
