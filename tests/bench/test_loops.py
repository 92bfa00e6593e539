import gc
import sys
import threading
import time
from importlib.machinery import EXTENSION_SUFFIXES

import pytest

from fastpaths.bench import loops
from fastpaths.bench.loops import time_loops


def test_the_loop_is_compiled():
    assert loops.__file__.endswith(tuple(EXTENSION_SUFFIXES))


@pytest.mark.parametrize("count", [0, 1, 7, 1000])
def test_it_calls_exactly_that_often_with_those_arguments(count):
    calls = []

    def record(*arguments):
        calls.append(arguments)

    time_loops(record, (1, "two"), count)
    assert calls == [(1, "two")] * count


def test_each_calls_once_an_element_in_order():
    seen = []
    time_loops(seen.append, (1, 2, 3), 2, each=True)
    assert seen == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize("each", [False, True])
def test_functions_that_use_the_spare_vectorcall_slot_work(each):
    class Bound:
        def method(self, number):
            seen.append((self, number))

    seen = []
    bound = Bound()
    time_loops(bound.method, (5,), 3, each=each)
    assert seen == [(bound, 5)] * 3


def test_reset_runs_before_each_operation_and_is_not_timed():
    events = []

    def reset():
        events.append("reset")
        time.sleep(0.02)

    wall, cpu = time_loops(lambda: events.append("call"), (), 3, reset=reset)
    assert events == ["reset", "call"] * 3
    assert 0 < wall < 20_000_000
    assert 0 <= cpu < 20_000_000


def test_it_measures_what_a_clock_around_it_measures():
    def work():
        sum(range(2_000))

    for _ in range(5):  # a noisy machine gets five tries; the inner time can never exceed the outer
        start = time.perf_counter_ns()
        wall, _ = time_loops(work, (), 500)
        outside = time.perf_counter_ns() - start
        assert wall <= outside
        if wall >= 0.8 * outside:
            return
    pytest.fail(f"the loop measured {wall} ns of {outside} ns that passed")


def test_wall_and_cpu_time_differ_where_the_thread_sleeps():
    wall, cpu = time_loops(time.sleep, (0.05,), 1)
    assert wall >= 50_000_000
    assert cpu < 25_000_000


def test_cpu_time_is_of_all_threads():
    took = []

    def work():
        start = time.thread_time_ns()
        sum(range(1_000_000))
        took.append(time.thread_time_ns() - start)

    def in_another_thread():
        other = threading.Thread(target=work)
        other.start()
        other.join()

    _, cpu = time_loops(in_another_thread, (), 3)
    assert cpu >= sum(took)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("keep", [True, False])
def test_the_collector_is_off_inside_unless_asked_and_as_it_was_after(before, keep):
    inside = []
    enabled = gc.isenabled()
    try:
        (gc.enable if before else gc.disable)()
        time_loops(lambda: inside.append(gc.isenabled()), (), 1, gc=keep)
        assert inside == [keep]
        assert gc.isenabled() is before
    finally:
        (gc.enable if enabled else gc.disable)()


@pytest.mark.parametrize("each", [False, True])
def test_what_the_operation_raises_comes_out_and_the_collector_is_restored(each):
    def fail(number):
        raise KeyError(number)

    with pytest.raises(KeyError, match="7"):
        time_loops(fail, (7,), 10, each=each)
    assert gc.isenabled()


def test_what_reset_raises_comes_out():
    with pytest.raises(ZeroDivisionError):
        time_loops(abs, (1,), 1, reset=lambda: 1 / 0)


def test_references_are_neither_kept_nor_lost():
    argument, returned = object(), object()
    before = sys.getrefcount(argument), sys.getrefcount(returned)
    time_loops(lambda _: returned, (argument,), 1000)
    time_loops(lambda _: returned, (argument, argument), 1000, each=True)
    assert (sys.getrefcount(argument), sys.getrefcount(returned)) == before


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="-1"):
        time_loops(abs, (1,), -1)


def test_a_count_beyond_64_bits_is_refused():
    with pytest.raises(OverflowError):
        time_loops(abs, (1,), 2**63)
