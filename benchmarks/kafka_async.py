"""Records from Kafka, each an asynchronous operation of 5 ms: how many run at once is fixed, or follows their success.

python benchmarks/kafka_async.py --broker apache
python benchmarks/kafka_async.py --bootstrap-server HOST:PORT --client fixed-20 adaptive --num-records 50000

The topic is full before a client begins. fixed-5 and fixed-20: kafka-python, and a semaphore. adaptive: fastpaths, and
an AdaptiveConcurrency that starts at 5 and lets in one more after every 1,000 operations, up to 20. All are asyncio
tasks, one a record, all those of a poll at once. More inside than the limit, at any time, is an error.
"""

import argparse
import asyncio
import sys
from functools import partial
from pathlib import Path

from _scenario import throughput
from _scenario.classes import rates
from _scenario.scenario import Side, of_full_topic
from _scenario.sides import FASTPATHS, KAFKA_PYTHON, values_of

from fastpaths import AdaptiveConcurrency
from fastpaths.bench.errors import exit_code

SECONDS = 0.005
LEAST, MOST, WINDOW = 5, 20, 1000


class Operations:
    """The answer: how many were done, and whether no more than so many at once."""

    def __init__(self, surroundings, limiter, most):
        self.runner = asyncio.Runner()
        self.limiter = limiter()
        self.limit = most
        self.inside = self.most = self.done = 0

    def __call__(self, batch):
        self.runner.run(self._all(values_of(batch)))

    async def _all(self, values):
        await asyncio.gather(*map(self._one, values))

    async def _one(self, value):
        async with self.limiter:
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(SECONDS)
            self.inside -= 1
        self.done += 1

    def end(self):
        self.runner.close()

    def answer(self):
        return self.done, self.most <= self.limit


def expected(values, load):
    return len(values), True


def semaphore(most):
    return partial(Operations, limiter=partial(asyncio.Semaphore, most), most=most)


adaptive = partial(Operations, limiter=partial(AdaptiveConcurrency, LEAST, MOST, WINDOW), most=MOST)
SIDES = [
    Side(KAFKA_PYTHON, semaphore(LEAST), name="fixed-5"),
    Side(KAFKA_PYTHON, semaphore(MOST), name="fixed-20"),
    Side(FASTPATHS, adaptive, name="adaptive"),
]


def arguments() -> argparse.Namespace:
    return throughput.parser_of(__doc__, SIDES, records=5000, size=100, warmup=100).parse_args()


def scenario(given, load):
    return of_full_topic("async", SIDES, expected, classes=rates(excellent=1000, good=500))


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, lambda: throughput.main(arguments(), scenario)))
