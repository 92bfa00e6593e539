"""What operations are known to ask of memory."""

import pytest

from fastpaths.bench import Op, case
from fastpaths.bench.allocations import count_allocations
from fastpaths.bench.memory import footprint


def cases(set_up, **params):
    (found,) = case(group="g", name="f", params=params)(set_up).cases()
    return found


def test_every_request_is_counted_once():
    assert count_allocations(abs, (-5,)) == (5, 0)  # a small integer is there already
    _, small = count_allocations(bytes, (100,))
    _, large = count_allocations(bytes, (100_000,))  # which Python's allocator passes on
    assert (small, large) == (1, 1)
    result, hundred = count_allocations(lambda: [bytes(1000) for _ in range(100)], ())
    assert len(result) == 100
    assert 100 < hundred < 130  # the list grows now and then


def test_allocation_works_as_ever_after_an_error():
    with pytest.raises(ZeroDivisionError):
        count_allocations(lambda: 1 / 0, ())
    assert count_allocations(bytes, (100,))[1] == 1


def test_peak_and_what_is_kept_are_told_apart():
    def set_up():
        source = bytes(2_000_000)

        def work(source):
            temporary = bytes(3_000_000)
            return bytearray(len(temporary) // 3)

        return Op(work, source, items=1000, expected=bytearray(1_000_000))

    found = footprint(cases(set_up))
    assert found.set_up == pytest.approx(2_000_000, abs=20_000)
    assert found.kept == pytest.approx(1_000_000, abs=2_000)
    assert found.peak == pytest.approx(4_000_000, abs=2_000)
    assert found.held_an_item == pytest.approx(3000, rel=0.01)
    assert 2 <= found.allocations <= 6


def test_it_is_the_same_every_time():
    def set_up():
        return Op(lambda n: {str(i): i for i in range(n)}, 5000, expected=None)

    assert footprint(cases(set_up)) == footprint(cases(set_up))


def test_an_op_each_holds_the_last_result_alone_and_resets_come_first():
    held = []

    def set_up():
        return Op.each(lambda n: held.append(bytes(n)), [100_000] * 10, reset=held.clear, expected=None, items=2)

    found = footprint(cases(set_up))
    assert found.items == 20
    assert found.kept == pytest.approx(1_000_000, rel=0.01)
