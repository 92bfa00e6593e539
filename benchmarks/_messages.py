"""The JSON message of json_codec.py and kafka_json.py.

{id, timestamp, producer_id, payload, metadata{test_run, message_size, batch_number}}, its payload so long that it takes
exactly `size` bytes. (Of which 140 or so are all but the payload: so the smallest has 200, not 100.)

Payloads are random letters, of 64 kinds: no codec finds repetitions in them, and the best, which count letters, make
three quarters of them.
"""

import random
from base64 import b64encode

import msgspec
from _scenario.json_values import COMPACT

POOL = 4 << 20  # letters: far past the window of any codec, so that repeating them compresses nothing
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


def text(size, seed=1):
    """That the payloads of messages of that size are cut from, one behind the other."""
    pool = b64encode(random.Random(seed).randbytes(POOL // 4 * 3)).decode()
    return pool * (size // POOL + 1) + pool[:size]


def message(i, size, text, run):
    metadata = {"test_run": run, "message_size": size, "batch_number": i // 1_000}
    made = {"id": i, "timestamp": 10**12 + i, "producer_id": i % 4, "payload": "", "metadata": metadata}
    start, length = i * size % POOL, size - len(to_json(made))
    return made | {"payload": text[start : start + length]}
