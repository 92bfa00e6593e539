"""Large payloads through Kafka, the sum of each one's bytes taken: copies, or views of what came from the socket.

python benchmarks/kafka_zero_copy.py --broker apache
python benchmarks/kafka_zero_copy.py --bootstrap-server HOST:PORT --num-records 200000 --runs 9 -o zero_copy.json

4 KiB each: a stamp, then a pattern, byte i of message n being (i + n) % 256. Not compressed, batches of 64 KiB that
wait 10 ms. kafka-python: bytes objects, and numpy's sum of each. fastpaths: one column of views for all that a producer
sends and for each batch that a consumer is given, and byte_sum of it. Every sum is compared with plain Python's.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from _scenario import throughput
from _scenario.classes import rates
from _scenario.clients import LEADER_ACKS, Clients
from _scenario.payload import MINIMUM_SIZE, Payloads
from _scenario.scenario import Scenario, Side
from _scenario.sides import DROP_IN, FASTPATHS, KAFKA_PYTHON

from fastpaths import BinaryColumn
from fastpaths.bench.errors import exit_code
from fastpaths.rawbytes import byte_sum


class Copies:
    def __init__(self, surroundings):
        self.sums = []

    def __call__(self, batch):
        self.sums += [int(np.frombuffer(record.value, np.uint8).sum(dtype=np.int64)) for record in batch]

    def end(self):
        pass

    def answer(self):
        return self.sums


class Views(Copies):
    def __call__(self, batch):
        self.sums.append(byte_sum(batch.values))

    def answer(self):
        return np.concatenate(self.sums).tolist()


def expected(values, load):
    return [sum(value) for value in values]


def contents(run, load):
    pattern = bytes(range(256)) * (load.size // 256 + 2)
    lines = [pattern[n : n + load.size - MINIMUM_SIZE] for n in range(256)]
    return Payloads(run, load.size, load.seed, lines=lines)


SIDES = [Side(KAFKA_PYTHON, Copies), Side(FASTPATHS, Views, objects=BinaryColumn.from_values), Side(DROP_IN, Copies)]


def arguments() -> argparse.Namespace:
    return throughput.parser_of(__doc__, SIDES, records=50_000, size=4096, warmup=2000).parse_args()


def scenario(given, load):
    return Scenario(
        name=f"zero-copy/{load.size}",
        sides=SIDES,
        clients=Clients(producer={**LEADER_ACKS, "batch_size": 64 << 10, "linger_ms": 10}, consumer={}),
        contents=contents,
        fixed=True,
        expected=expected,
        classes=rates(excellent=5000, good=2000),
    )


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, lambda: throughput.main(arguments(), scenario)))
