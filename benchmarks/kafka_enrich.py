"""A topic of trades joined with a table of users, filtered, summed, and written back: kafka-python and fastpaths.

python benchmarks/kafka_enrich.py --broker apache
python benchmarks/kafka_enrich.py --bootstrap-server HOST:PORT --num-records 1000000 --runs 9 -o enrich.json

The topic is full before a client begins. Each trade is looked up among 5,000 users, of whom one in twenty is not
there; those of a platinum user above 100,000 are written to a second topic, as JSON with the user's columns, and their
amounts added up. kafka-python: json, a dict of users, a loop. fastpaths: Columns.from_json, a Table, send_batch().
quix-streams, where it is installed: apply, filter, update, to_topic. The clock ends when all that was written is
acknowledged. Then it is read back: it must be, as a whole, what a plain loop gives.
"""

import argparse
import json
import random
import sys
import zlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import kafka
import msgspec
import numpy as np
from _scenario import throughput
from _scenario.json_values import COMPACT, JsonContents
from _scenario.quix import Quix
from _scenario.scenario import Side, of_full_topic
from _scenario.sides import DROP_IN, FASTPATHS, KAFKA_PYTHON, KafkaReceiver

from fastpaths import Columns, Table
from fastpaths.bench.errors import exit_code

USERS = 5000
USER = {"user_id": "int64", "name": "str", "tier": "category", "position_limit": "int64"}
TRADE = {"trade_id": "int64", "user_id": "int64", "symbol": "str", "quantity": "int64", "amount": "int64"}
TIERS = ("bronze", "silver", "gold", "platinum")
TIER, LEAST = "platinum", 100_000
NOBODY = {"tier": None}


@cache
def users():
    draw = random.Random(1)
    rows = ((i, f"User number {i}", draw.choice(TIERS), 1000 * draw.randrange(999)) for i in range(USERS))
    return {row[0]: dict(zip(USER, row, strict=True)) for row in rows}


def trade(sequence, run):
    quantity, price = sequence * 7919 % 1000, sequence * 104_729 % 500
    made = {"trade_id": sequence, "user_id": sequence * 31 % round(USERS / 0.95), "symbol": f"SYM{sequence % 100:03d}"}
    return made | {"quantity": quantity, "amount": quantity * price, "run": run}


class Loop:
    """What kafka-python's users write."""

    def __init__(self, surroundings):
        self.surroundings = surroundings
        self.users = users()
        self.producer = surroundings.client.producer(surroundings.options.producer)
        self.producer.partitions_for(surroundings.topic)
        self.total = self.written = 0

    def __call__(self, batch):
        for record in batch:
            found = json.loads(record.value)
            user = self.users.get(found["user_id"], NOBODY)
            if user["tier"] == TIER and found["amount"] > LEAST:
                self.total += found["amount"]
                self.written += 1
                enriched = {name: found[name] for name in TRADE} | user
                self.producer.send(self.surroundings.topic, COMPACT.encode(enriched).encode())

    def end(self):
        self.producer.flush()

    def answer(self):
        self.producer.close()
        return self.total, *digest(read_back(self.surroundings, self.written))


class Joined(Loop):
    """The same in columns."""

    def __init__(self, surroundings):
        super().__init__(surroundings)
        self.table = Table.from_records(list(users().values()), USER, key="user_id")
        self.wanted = np.zeros(len(self.table) + 1, bool)  # the last is of those who are not there, row -1
        self.wanted[self.table.where("tier = :tier", {"tier": TIER})] = True
        self.encode = msgspec.json.Encoder().encode

    def __call__(self, batch):
        trades = Columns.from_json(batch.values, TRADE)
        amounts, rows = trades["amount"].to_numpy(), self.table.find_many(trades["user_id"].to_numpy())
        kept = np.flatnonzero(self.wanted[rows] & (amounts > LEAST))
        self.total += int(amounts[kept].sum())
        self.written += len(kept)
        enriched = self.table.join(trades.take(kept), on="user_id")
        self.producer.send_batch(self.surroundings.topic, [self.encode(one) for one in enriched.to_dicts()])


class Streamed:
    """The same in Quix Streams."""

    def __init__(self, surroundings):
        self.surroundings = surroundings
        self.users = users()
        self.total = self.written = 0
        surroundings.receiver.run(self.pipeline, surroundings.topic, surroundings.load)

    def pipeline(self, frame):
        frame = frame.apply(
            lambda trade: {name: trade[name] for name in TRADE} | self.users.get(trade["user_id"], NOBODY)
        )
        frame = frame.filter(lambda trade: trade["tier"] == TIER and trade["amount"] > LEAST)
        return frame.update(self.add)

    def add(self, trade):
        self.total += trade["amount"]
        self.written += 1

    def __call__(self, batch):
        pass  # it has done it already

    def end(self):
        self.surroundings.receiver.end()

    def answer(self):
        return self.total, *digest(read_back(self.surroundings, self.written))


def read_back(surroundings, count):
    """All that was written, by kafka-python."""
    receiver = KafkaReceiver(kafka.KafkaConsumer(**surroundings.options.consumer), False, surroundings.topic)
    receiver.seek(to_end=False)
    found, silent = [], 0
    while silent < (2 if len(found) >= count else 50):
        polled = [record.value for _, records in receiver.poll() for record in records]
        found += polled
        silent = 0 if polled else silent + 1
    receiver.close()
    return found


def digest(values):
    """How many, and a checksum, the same in whatever order they or their fields come."""
    texts = (json.dumps(json.loads(value), sort_keys=True) for value in values)
    sums = [zlib.crc32(text.encode()) for text in texts]
    return len(sums), sum(sums)


def expected(values, load):
    stored, enriched = users(), []
    for value in values:
        found = json.loads(value)
        user = stored.get(found["user_id"])
        if user is not None and user["tier"] == TIER and found["amount"] > LEAST:
            del found["run"]
            enriched.append({**found, **user})
    return sum(one["amount"] for one in enriched), *digest(json.dumps(one) for one in enriched)


def identity(found):
    return found["trade_id"], found["run"]


CONTENTS = JsonContents(trade, identity)
SIDES = [Side(KAFKA_PYTHON, Loop), Side(FASTPATHS, Joined), Side(DROP_IN, Loop)]
if find_spec("quixstreams"):
    SIDES.append(Side(Quix(), Streamed))


def arguments() -> argparse.Namespace:
    return throughput.parser_of(__doc__, SIDES, records=200_000, size=CONTENTS.size).parse_args()


def scenario(given, load):
    return of_full_topic("enrich", SIDES, expected, contents=CONTENTS, fixed=True, size=CONTENTS.size, writes=True)


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, lambda: throughput.main(arguments(), scenario)))
