"""AdaptiveConcurrency on both of anyio's backends; time is trio's mock clock wherever it matters."""

import asyncio
import random
from contextlib import suppress

import anyio
import pytest
import trio.testing

from fastpaths import AdaptiveConcurrency

every_backend = pytest.mark.parametrize("backend", ["asyncio", "trio"])


class Meter:
    """An operation, and how many of it run at once."""

    def __init__(self):
        self.running = self.most = self.done = 0

    async def __call__(self, seconds=0.0, fails=False):
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await anyio.sleep(seconds)
        finally:
            self.running -= 1
        self.done += 1
        if fails:
            raise ConnectionError


async def operate(concurrency, *outcomes):
    """One operation after the other: True, it succeeds, False, it fails, or a number, it takes as many seconds."""
    for outcome in outcomes:
        with suppress(ConnectionError):
            async with concurrency:
                if outcome is False:
                    raise ConnectionError
                if outcome is not True:
                    await anyio.sleep(outcome)


def run(main, backend="trio"):
    """On trio, time jumps to whatever is slept for."""
    options = {"clock": trio.testing.MockClock(autojump_threshold=0)} if backend == "trio" else {}
    return anyio.run(main, backend=backend, backend_options=options)


@every_backend
def test_no_more_than_the_limit_run_at_once(backend):
    concurrency, meter, seen = AdaptiveConcurrency(3, 6, 20, least=1), Meter(), []

    async def operation(fails):
        with suppress(ConnectionError):
            async with concurrency:
                seen.append((concurrency.running, concurrency.current))
                await meter(0.0001, fails)

    async def phase(fails):
        meter.most = 0
        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(operation, fails)
        return meter.most

    async def main():
        assert await phase(False) == concurrency.current == 6
        assert concurrency.running == 0
        await phase(True)
        assert concurrency.current == 1
        assert await phase(True) == 1
        assert meter.done == 300

    run(main, backend)
    # At any time, also when it has just fallen: whoever makes it fall leaves.
    assert all(running <= current for running, current in seen)


@every_backend
def test_it_grows_to_its_limit_and_shrinks_to_its_least(backend):
    concurrency, found = AdaptiveConcurrency(6, 8, 10, least=4), []

    async def main():
        for outcome in [True] * 4 + [False] * 6:
            await operate(concurrency, *[outcome] * 10)
            found.append(concurrency.current)

    run(main, backend)
    assert found == [7, 8, 8, 8, 7, 6, 5, 4, 4, 4]


@pytest.mark.parametrize(("successes", "current"), [(40, 11), (39, 11), (38, 10), (34, 10), (33, 9), (0, 9)])
def test_above_95_percent_one_more_and_below_85_one_fewer(successes, current):
    concurrency = AdaptiveConcurrency(10, window=40)
    outcomes = [True] * successes + [False] * (40 - successes)
    random.Random(1).shuffle(outcomes)

    async def main():
        await operate(concurrency, *outcomes[:-1])
        assert concurrency.current == 10  # not before the window is full
        await operate(concurrency, outcomes[-1])

    run(main)
    assert concurrency.current == current


def test_the_shares_can_be_set():
    concurrency = AdaptiveConcurrency(10, window=4, grow_above=0.5, shrink_below=0.25)
    found = []

    async def main():
        for successes in (3, 2, 1, 0):
            await operate(concurrency, *[True] * successes, *[False] * (4 - successes))
            found.append(concurrency.current)

    run(main)
    assert found == [11, 11, 11, 10]


def test_a_window_is_a_thousand_operations_from_5_to_20_unless_said_otherwise():
    concurrency = AdaptiveConcurrency()

    async def main():
        await operate(concurrency, *[True] * 999)
        assert concurrency.current == 5
        await operate(concurrency, True)
        assert concurrency.current == 6
        await operate(concurrency, *[True] * 20_000)

    run(main)
    assert concurrency.current == concurrency.limit == 20


@every_backend
def test_a_cancelled_operation_has_neither_failed_nor_succeeded(backend):
    concurrency, meter = AdaptiveConcurrency(2, window=2, least=1), Meter()

    async def operation():
        async with concurrency:
            await meter(20)

    async def main():
        for _ in range(3):
            async with anyio.create_task_group() as group:
                for _ in range(5):  # two of them inside, three waiting
                    group.start_soon(operation)
                await anyio.wait_all_tasks_blocked()
                assert (concurrency.running, meter.running) == (2, 2)
                group.cancel_scope.cancel()
            assert (concurrency.running, concurrency.current) == (0, 2)
        await operate(concurrency, True)
        assert concurrency.current == 2
        await operate(concurrency, True)
        assert concurrency.current == 3

    run(main, backend)
    assert (meter.most, meter.done) == (2, 0)


def test_asyncio_cancels_its_own_way():
    concurrency = AdaptiveConcurrency(1, window=1, least=1)

    async def main():
        async def operation():
            async with concurrency:
                await asyncio.sleep(20)

        inside, waiting = (asyncio.create_task(operation()) for _ in range(2))
        await anyio.wait_all_tasks_blocked()
        waiting.cancel()
        inside.cancel()
        await asyncio.wait([inside, waiting])
        assert (concurrency.running, concurrency.current) == (0, 1)
        await asyncio.wait_for(operate(concurrency, True), 20)
        assert concurrency.current == 2

    asyncio.run(main())


@every_backend
def test_what_is_no_exception_is_no_failure(backend):
    class Leaving(BaseException):
        pass

    concurrency = AdaptiveConcurrency(2, window=1, least=1)

    async def main():
        async with concurrency:
            raise Leaving

    with pytest.raises(Leaving):
        run(main, backend)
    assert (concurrency.running, concurrency.current) == (0, 2)


@every_backend
def test_a_timeout_inside_is_a_failure(backend):
    concurrency = AdaptiveConcurrency(2, window=1, least=1)

    async def main():
        async with concurrency:
            with anyio.fail_after(0.001):
                await anyio.sleep(20)

    with pytest.raises(TimeoutError):
        run(main, backend)
    assert (concurrency.running, concurrency.current) == (0, 1)


@pytest.mark.parametrize(
    ("outcomes", "quantile", "current"),
    [
        ([0.1] * 10, 0.5, 6),  # as long as it should, and no longer
        ([0.2] * 10, 0.5, 4),
        ([0.1] * 5 + [0.2] * 5, 0.5, 6),
        ([0.1] * 4 + [0.2] * 6, 0.5, 4),
        ([0.1] * 9 + [0.2], 0.9, 6),
        ([0.1] * 9 + [0.2], 1, 4),
        ([0.2] * 5 + [0.1] * 4 + [False], 0.5, 4),  # without the failure there would be a median above
        ([0.1] * 9 + [False], 0.5, 5),
        ([False] * 10, 0.5, 4),
    ],
)
def test_it_shrinks_while_operations_are_slow(outcomes, quantile, current):
    concurrency = AdaptiveConcurrency(5, 20, 10, least=1, target_latency=0.15, quantile=quantile)
    random.Random(1).shuffle(outcomes)
    run(lambda: operate(concurrency, *outcomes))
    assert concurrency.current == current


def test_without_a_target_it_may_take_any_time():
    concurrency = AdaptiveConcurrency(window=10)
    run(lambda: operate(concurrency, *[3600] * 10))
    assert concurrency.current == 6


def test_waiting_is_no_part_of_a_latency():
    concurrency, meter = AdaptiveConcurrency(1, window=10, least=1, target_latency=0.15), Meter()

    async def operation():
        async with concurrency:
            await meter(0.1)

    async def main():
        async with anyio.create_task_group() as group:
            for _ in range(10):
                group.start_soon(operation)

    run(main)
    assert (meter.most, concurrency.current) == (1, 2)


@pytest.mark.parametrize("target_latency", [None, 0.006])
def test_it_finds_a_hidden_capacity(target_latency):
    capacity, rng = 12, random.Random(1)
    concurrency, meter = AdaptiveConcurrency(window=50, target_latency=target_latency), Meter()
    found = []

    async def worker():
        while meter.done < 10_000:
            with suppress(ConnectionError):
                async with concurrency:
                    overload = max(0, concurrency.running - capacity) / capacity
                    await meter(0.005 * (1 + overload), fails=rng.random() < 2 * overload**2)
            found.append(concurrency.current)

    async def main():
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(worker)

    run(main)
    settled = found[len(found) // 4 :]
    assert capacity <= min(settled)
    assert max(settled) <= capacity + 4
    assert meter.most <= capacity + 4


@every_backend
def test_a_task_inside_cannot_enter_again(backend):
    concurrency = AdaptiveConcurrency()

    async def main():
        async with concurrency:
            with pytest.raises(RuntimeError, match="already holding"):
                async with concurrency:
                    pass
            assert concurrency.running == 1
        assert concurrency.running == 0

    run(main, backend)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"start": 4}, "1 <= least <= start <= limit must hold, got 5, 4, 20"),
        ({"start": 21}, "1 <= least <= start <= limit must hold, got 5, 21, 20"),
        ({"start": 0, "least": 0}, "1 <= least <= start <= limit must hold, got 0, 0, 20"),
        ({"window": 0}, "window must be at least 1 operation, got 0"),
        ({"grow_above": 0.8}, "0 <= shrink_below <= grow_above <= 1 must hold, got 0.85 and 0.8"),
        ({"shrink_below": -0.1}, "0 <= shrink_below <= grow_above <= 1 must hold, got -0.1 and 0.95"),
        ({"grow_above": 95}, "0 <= shrink_below <= grow_above <= 1 must hold, got 0.85 and 95"),
        ({"target_latency": 0}, "target_latency must be above 0 seconds, got 0"),
        ({"target_latency": float("nan")}, "target_latency must be above 0 seconds, got nan"),
        ({"quantile": 0}, "quantile must be above 0 and at most 1, got 0"),
        ({"quantile": 95}, "quantile must be above 0 and at most 1, got 95"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^AdaptiveConcurrency: {message}$"):
        AdaptiveConcurrency(**arguments)
