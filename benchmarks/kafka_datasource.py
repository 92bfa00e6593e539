"""Records from Kafka turned into those of an application: decoded, and told when, in which batch and by whom.

python benchmarks/kafka_datasource.py --broker apache
python benchmarks/kafka_datasource.py --bootstrap-server HOST:PORT --runs 9 -o datasource.json

A message is {id, symbol, price, volume, timestamp}; what comes of it has processed_at, batch_id and processor_id as
well. The topic is full before a client begins. kafka-python: a dict a record. fastpaths: columns. fastpaths-source: the
same, the topic opened by its URI (fastpaths.sources, with pyarrow): what that costs beside the client alone.
"""

import argparse
import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from _scenario import throughput
from _scenario.json_values import JsonContents
from _scenario.scenario import Side, of_full_topic
from _scenario.sides import DROP_IN, FASTPATHS, KAFKA_PYTHON, SourceClient

from fastpaths import Columns
from fastpaths.bench.errors import exit_code

SCHEMA = {"id": "int64", "symbol": "category", "price": "decimal(2)", "volume": "int64", "timestamp": "int64"}
PROCESSOR = 7


def record(sequence, run):
    made = {"id": sequence, "symbol": f"STOCK{sequence % 1000:04d}", "price": f"{sequence * 37 % 100_000 / 100:.2f}"}
    return made | {"volume": sequence * 13 % 10_000, "timestamp": 10**12 + sequence, "run": run}


class Dicts:
    """The answer: batches and records, and their contents added up."""

    def __init__(self, surroundings):
        self.batches = self.records = self.volume = self.processors = 0

    def __call__(self, batch):
        self.batches += 1
        now = time.time_ns() // 1000
        for one in batch:
            found = json.loads(one.value)
            found["processed_at"], found["batch_id"], found["processor_id"] = now, self.batches, PROCESSOR
            self.records += 1
            self.volume += found["volume"]
            self.processors += found["processor_id"]

    def end(self):
        pass

    def answer(self):
        return self.records, self.volume, self.processors


class InColumns(Dicts):
    def __call__(self, batch):
        self.batches += 1
        columns = dict(Columns.from_json(batch.values, SCHEMA))
        added = {"processed_at": time.time_ns() // 1000, "batch_id": self.batches, "processor_id": PROCESSOR}
        columns |= {name: np.full(len(batch), value) for name, value in added.items()}
        found = Columns(columns)
        self.records += len(found)
        self.volume += int(found["volume"].to_numpy().sum())
        self.processors += int(found["processor_id"].to_numpy().sum())


def expected(values, load):
    return len(values), sum(json.loads(value)["volume"] for value in values), len(values) * PROCESSOR


CONTENTS = JsonContents(record)
SIDES = [Side(KAFKA_PYTHON, Dicts), Side(FASTPATHS, InColumns), Side(DROP_IN, Dicts)]
if find_spec("pyarrow"):
    SIDES.append(Side(SourceClient(), InColumns))


def arguments() -> argparse.Namespace:
    return throughput.parser_of(__doc__, SIDES, records=200_000, size=CONTENTS.size).parse_args()


def scenario(given, load):
    return of_full_topic("datasource", SIDES, expected, contents=CONTENTS, fixed=True, size=CONTENTS.size)


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, lambda: throughput.main(arguments(), scenario)))
