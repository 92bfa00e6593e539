"""RingView: a sequence that goes on showing what the ring held. (What it shows after each operation: test_ring.py.)"""

import copy
import gc
import itertools
import pickle
import sys
from collections.abc import Sequence

import pytest

from fastpaths.batch import RingBuffer, RingView


def filled(capacity, pushed):
    ring = RingBuffer(capacity)
    ring.push_many(range(pushed))
    return ring


@pytest.mark.parametrize("pushed", [0, 3, 5, 8])  # empty, part full, full, wrapped
class TestView:
    def test_it_is_a_sequence(self, pushed):
        view = filled(5, pushed).view()
        content = list(range(pushed))[-5:]
        assert isinstance(view, Sequence)
        assert [view[i] for i in range(-len(content), len(content))] == content * 2
        assert list(reversed(view)) == content[::-1]
        assert [view.index(x) for x in content] == list(range(len(content)))
        assert all(view.count(x) == 1 and x in view for x in content)
        assert -1 not in view
        assert view.count(-1) == 0

    def test_indices_beyond_it_are_refused(self, pushed):
        view = filled(5, pushed).view()
        for i in (len(view), -len(view) - 1, sys.maxsize, -sys.maxsize - 1):
            with pytest.raises(IndexError, match=f"object {i} of a RingView of {len(view)} objects"):
                view[i]

    def test_a_slice_shows_what_a_slice_of_a_list_holds(self, pushed):
        view = filled(5, pushed).view()
        content = list(range(pushed))[-5:]
        ends = (None, -6, -2, 0, 1, 3, 7)
        slices = [slice(*part) for part in itertools.product(ends, ends, (None, -3, -1, 2))]
        for part in slices:
            assert list(view[part]) == [view[part][i] for i in range(len(view[part]))] == content[part]
            for again in slices[::5]:
                assert list(view[part][again]) == content[part][again]

    def test_steps_as_large_as_they_come(self, pushed):
        view = filled(5, pushed).view()
        content = list(range(pushed))[-5:]
        assert list(view[:: sys.maxsize][:: sys.maxsize]) == content[::1][:1]
        assert list(view[:: -sys.maxsize][:: -sys.maxsize]) == content[-1:]

    def test_a_copy_and_a_pickle_of_it_is_a_list(self, pushed):
        view = filled(5, pushed).view()
        assert copy.copy(view) == pickle.loads(pickle.dumps(view)) == list(view)


def test_a_view_is_read_only_and_comes_from_a_ring():
    view = filled(5, 3).view()
    with pytest.raises(TypeError, match="does not support item assignment"):
        view[0] = 1
    with pytest.raises(TypeError, match=r"RingBuffer\.view"):
        RingView()
    assert list(RingView.__new__(RingView)) == []


def test_only_a_view_that_still_lives_costs_a_copy():
    ring = filled(4, 4)
    slots = id(gc.get_referents(ring)[0])
    ring.view()
    ring.push_many(range(10))
    ring.clear()
    ring.push_many(range(10))
    ring.drain()
    assert id(gc.get_referents(ring)[0]) == slots
    view = ring.view()
    ring.push_many(range(4))  # appending takes nothing from a view
    assert id(gc.get_referents(ring)[0]) == slots
    ring.push(4)
    assert id(gc.get_referents(ring)[0]) != slots
    assert list(view) == []
