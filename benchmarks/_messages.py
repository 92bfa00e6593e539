"""The JSON message of json_codec.py and kafka_json.py.

{id, timestamp, producer_id, payload, metadata{test_run, message_size, batch_number}}, its payload so long that it takes
exactly `size` bytes. (Of which 140 or so are all but the payload: so the smallest has 200, not 100.)
"""

import random
import string

import msgspec
from _scenario.json_values import COMPACT

SCHEMA = {"id": "int64", "timestamp": "int64", "producer_id": "int64", "payload": "str"}


class Metadata(msgspec.Struct, gc=False):
    test_run: str
    message_size: int
    batch_number: int


class Flat(msgspec.Struct, gc=False):
    id: int
    timestamp: int
    producer_id: int
    payload: str


class Message(Flat, gc=False):
    metadata: Metadata


def to_json(message):
    return COMPACT.encode(message).encode()


def text(size):
    """That payloads are cut from."""
    return "".join(random.Random(size).choices(string.ascii_letters + " ", k=2 * size))


def message(i, size, text, run):
    metadata = {"test_run": run, "message_size": size, "batch_number": i // 1_000}
    made = {"id": i, "timestamp": 10**12 + i, "producer_id": i % 4, "payload": "", "metadata": metadata}
    start, length = i * 7 % size, size - len(to_json(made))
    return made | {"payload": text[start : start + length]}
