"""Records from Kafka gathered in batches, and each batch added up: the strategies of Batcher, and a plain list.

python benchmarks/kafka_batch.py --broker apache
python benchmarks/kafka_batch.py --bootstrap-server HOST:PORT --client kafka-python MegaBatch LowLatency --runs 9

The topic is full before a client begins. kafka-python: json.loads of each record, a list of 50,000, and the sum of
their amounts. fastpaths: the values of poll_batches() in a Batcher of each strategy (named as in batch_strategies.py),
and of each batch Columns.from_json and the sum. Small batches cost, each of them. The total must be right.
"""

import argparse
import json
import sys
from operator import itemgetter
from pathlib import Path

from _scenario import throughput
from _scenario.json_values import JsonContents
from _scenario.scenario import Side, of_full_topic
from _scenario.sides import FASTPATHS, KAFKA_PYTHON
from _stream import STATUSES
from batch_strategies import STRATEGIES

from fastpaths import Batcher, BinaryColumn, Columns
from fastpaths.bench.errors import exit_code

BATCH = 50_000


def record(sequence, run):
    made = {"id": sequence, "account_id": f"ACC{sequence % 10_000:08d}", "amount": sequence * 7919 % 1_000_000}
    return made | {"status": STATUSES[sequence % 4], "timestamp": 10**12 + sequence, "run": run}


class PlainList:
    def __init__(self, surroundings):
        self.batch = []
        self.total = 0

    def __call__(self, batch):
        self.batch += [json.loads(one.value) for one in batch]
        if len(self.batch) >= BATCH:
            self.end()

    def end(self):
        self.total += sum(map(itemgetter("amount"), self.batch))
        self.batch = []

    def answer(self):
        return self.total


class Strategy:
    def __init__(self, name):
        self.name = name

    def __call__(self, surroundings):
        return Batched(Batcher(STRATEGIES[self.name]))


class Batched:
    def __init__(self, batcher):
        self.batcher = batcher
        self.total = 0

    def __call__(self, batch):
        self._add_up(self.batcher.poll())
        self._add_up(self.batcher.add_many(batch.values))

    def _add_up(self, batches):
        for batch in batches:
            columns = Columns.from_json(BinaryColumn.from_values(batch), {"amount": "int64"})
            self.total += int(columns["amount"].to_numpy().sum())

    def end(self):
        self._add_up(self.batcher.flush())

    def answer(self):
        return self.total


def expected(values, load):
    return sum(json.loads(value)["amount"] for value in values)


CONTENTS = JsonContents(record)
SIDES = [Side(KAFKA_PYTHON, PlainList), *(Side(FASTPATHS, Strategy(name), name=name) for name in STRATEGIES)]


def arguments() -> argparse.Namespace:
    return throughput.parser_of(__doc__, SIDES, records=200_000, size=CONTENTS.size).parse_args()


def scenario(given, load):
    return of_full_topic("batch", SIDES, expected, contents=CONTENTS, fixed=True, size=CONTENTS.size)


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, lambda: throughput.main(arguments(), scenario)))
