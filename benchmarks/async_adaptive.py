"""How many operations run at once: AdaptiveConcurrency against fixed limits, on asyncio.

async/5ms: operations of 5 ms that all succeed. The time of all, with at most 5 at once, at most 20, and without a
limit; the adaptive limit starts at 5, its window a fifth of them. Each answer tells that the limit was not exceeded.

async/failing: a service that slows down and fails above a capacity which its caller does not know. The time in which a
number of operations succeed, those that fail being repeated. `best_fixed` is the limit that was fastest in a sweep from
5 to 20. `adaptive` goes by success alone, in windows of 50; its set-up is the first quarter of 20,000 operations (of
fewer in the smaller presets), from where it goes on. Its rule settles where 85 to 95 % succeed, above the capacity. How
good that is depends on the service: one of slowdown 0.5 still gains a little there, one of 1.0 gains nothing, and every
failure is a loss. Told of a target_latency, a fifth above what the service takes within its capacity, it sees that
first, and settles lower.

Operations spend their time waiting, two sides at once as well as one: so whole processes take turns (pairing
"alternate").
"""

import asyncio
import random
import time
from contextlib import nullcontext

from fastpaths import AdaptiveConcurrency
from fastpaths.bench import Op, case, main

SECONDS = 0.005
LEAST, MOST = 5, 20
CAPACITY = 12
OPERATIONS = {"operations": {"quick": [100], "default": [1_000], "production": [5_000]}}
FAILING = {
    "slowdown": {"quick": [1.0], "default": [0.5, 1.0], "production": [0.5, 1.0]},
    "successes": {"quick": [100], "default": [1_000], "production": [15_000]},
    "sees": {"quick": ["failures"], "default": ["failures"], "production": ["failures", "latency"]},
}


class Overloaded(Exception):
    """What the service answers when too much is asked of it."""


class Service:
    """Operations of 5 ms. A share of x above its capacity at once: 2x² of them fail, each takes slowdown * x longer."""

    def __init__(self, capacity=10**9, slowdown=0.0):
        self.capacity, self.slowdown = capacity, slowdown
        self.running = self.most = self.succeeded = 0
        self.rng = random.Random(1)

    async def operate(self):
        self.running += 1
        self.most = max(self.most, self.running)
        overload = max(0, self.running - self.capacity) / self.capacity
        await asyncio.sleep(SECONDS * (1 + self.slowdown * overload))
        self.running -= 1
        if self.rng.random() < 2 * overload**2:
            raise Overloaded
        self.succeeded += 1

    async def each(self, limiter, operations):
        """A task an operation."""

        async def one():
            async with limiter:
                await self.operate()

        await asyncio.gather(*(one() for _ in range(operations)))
        return self.succeeded

    async def until(self, limiter, successes):
        """As many tasks as may run at once, which repeat what fails."""
        left = successes

        async def worker():
            nonlocal left
            while left > 0:
                left -= 1
                try:
                    async with limiter:
                        await self.operate()
                except Overloaded:
                    left += 1

        await asyncio.gather(*(worker() for _ in range(MOST)))
        return self.succeeded


def op(service, most, work, number):
    """work() makes `number` operations succeed, of which at most `most` may run at once."""
    runner = asyncio.Runner()

    def forget():
        service.most = service.succeeded = 0

    return Op(
        lambda: runner.run(work()),
        items=number,
        unit="operation",
        reset=forget,
        answer=lambda succeeded: (succeeded, service.most <= most),
        expected=(number, True),
        close=runner.close,
    )


def best_of_sweep(slowdown, successes):
    def seconds(limit):
        start = time.perf_counter()
        asyncio.run(Service(CAPACITY, slowdown).until(asyncio.Semaphore(limit), successes))
        return time.perf_counter() - start

    return min(range(LEAST, MOST + 1), key=seconds)


def healthy(limiter, most, operations):
    service = Service()
    return op(service, most, lambda: service.each(limiter(), operations), operations)


@case(group="async/5ms", params=OPERATIONS, pairing="alternate")
def adaptive(operations):
    return healthy(lambda: AdaptiveConcurrency(LEAST, MOST, window=operations // 5), MOST, operations)


for limit in (LEAST, MOST):

    @adaptive.baseline(name=f"fixed_{limit}")
    def fixed(operations, limit=limit):
        return healthy(lambda: asyncio.Semaphore(limit), limit, operations)


@adaptive.baseline
def unlimited(operations):
    return healthy(nullcontext, operations, operations)


@case(group="async/failing", name="adaptive", params=FAILING, pairing="alternate")
def adaptive_to_overload(slowdown, successes, sees):
    service, target = Service(CAPACITY, slowdown), 1.2 * SECONDS if sees == "latency" else None
    limiter = AdaptiveConcurrency(LEAST, MOST, window=50, target_latency=target)
    asyncio.run(service.until(limiter, min(5 * successes, 5_000)))
    return op(service, MOST, lambda: service.until(limiter, successes), successes)


@adaptive_to_overload.baseline
def best_fixed(slowdown, successes, sees):
    service, limit = Service(CAPACITY, slowdown), best_of_sweep(slowdown, min(successes // 2, 1_000))
    return op(service, limit, lambda: service.until(asyncio.Semaphore(limit), successes), successes)


if __name__ == "__main__":
    main()
