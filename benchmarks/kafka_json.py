"""JSON through Kafka, from objects to objects: kafka-python with json, and fastpaths with columns, on one broker.

python benchmarks/kafka_json.py --broker apache                                     # messages of 200 B
python benchmarks/kafka_json.py --bootstrap-server HOST:PORT --record-size 10000 -o json.json

Four producers encode messages of exactly so many bytes (_messages.py), a consumer decodes them. kafka-python: the
standard library's json, on dicts. fastpaths: msgspec's encoder on objects of a declared type, send_batch(),
poll_batches(), Columns.from_json. Both must find the same numbers, and every payload as it was sent.
"""

import argparse
import json
import sys
import zlib
from pathlib import Path

import msgspec
from _messages import SCHEMA, Message, message, text, to_json
from _scenario import throughput
from _scenario.classes import rates
from _scenario.json_values import JsonValues
from _scenario.scenario import Scenario, Side, original
from _scenario.sides import DROP_IN, FASTPATHS, KAFKA_PYTHON

from fastpaths import Columns
from fastpaths.bench.errors import BenchError, exit_code

NUMBERS = ("id", "timestamp", "producer_id")


class Json:
    """An object a message."""

    def __init__(self, surroundings):
        self.sums = dict.fromkeys(NUMBERS, 0)
        self.payloads = []

    def __call__(self, batch):
        for record in batch:
            found = json.loads(record.value)
            for name in NUMBERS:
                self.sums[name] += found[name]
            self.payloads.append(found["payload"])

    def end(self):
        pass

    def answer(self):
        return {**self.sums, "payloads": zlib.crc32("".join(self.payloads).encode())}


class FromJson:
    """Columns."""

    def __init__(self, surroundings):
        self.sums = dict.fromkeys(NUMBERS, 0)
        self.payloads = []

    def __call__(self, batch):
        columns = Columns.from_json(batch.values, SCHEMA)
        for name in NUMBERS:
            self.sums[name] += int(columns[name].to_numpy().sum())
        self.payloads.append(columns["payload"])

    def end(self):
        pass

    def answer(self):
        texts = (text for column in self.payloads for text in column.to_list())
        return {**self.sums, "payloads": zlib.crc32("".join(texts).encode())}


def expected(values, load):
    found = [json.loads(value) for value in values]
    sums = {name: sum(one[name] for one in found) for name in NUMBERS}
    return {**sums, "payloads": zlib.crc32("".join(one["payload"] for one in found).encode())}


def dicts(values):
    return [json.loads(value) for value in values]


def with_json(objects):
    return [to_json(one) for one in objects]


def structs(values):
    decode = msgspec.json.Decoder(Message).decode
    return [decode(value) for value in values]


def with_msgspec(objects):
    encode = msgspec.json.Encoder().encode
    return [encode(one) for one in objects]


def contents(run, load):
    cut_from = text(load.size, load.seed)
    values = JsonValues(
        run,
        lambda sequence, run: message(sequence, load.size, cut_from, run),
        lambda found: (found["id"], found["metadata"]["test_run"]),
    )
    if len(values.encode(load.total, 0)) != load.size:
        raise BenchError(f"--record-size {load.size}: even without a payload a message is longer; ask for 200 or more")
    return values


SIDES = [
    Side(KAFKA_PYTHON, Json, with_json, dicts),
    Side(FASTPATHS, FromJson, with_msgspec, structs),
    Side(DROP_IN, Json, with_json, dicts),
]


def arguments() -> argparse.Namespace:
    return throughput.parser_of(__doc__, SIDES, records=100_000, size=200).parse_args()


def scenario(given, load):
    headers = {"content-type": "application/json", "source": "kafka_json", "schema": "1"}
    return Scenario(
        name=f"json/{load.size}",
        sides=SIDES,
        clients=original(batch_size=64 << 10),
        contents=contents,
        expected=expected,
        classes=rates(excellent=5000, good=2000, acceptable=500),
        headers=[(name, value.encode()) for name, value in headers.items()],
    )


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, lambda: throughput.main(arguments(), scenario)))
