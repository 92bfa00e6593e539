"""JSON messages: encoded, decoded to objects, and decoded to columns.

A message is {id, timestamp, producer_id, payload, metadata{test_run, message_size, batch_number}}, its payload so long
that it takes exactly `size` bytes. (Of which 140 or so are all but the payload: so the smallest has 200, not 100.)

json/encode, json/decode: all of a message. msgspec, whose objects are of a declared type, against dicts of orjson and
json. All encoders give the same bytes. json/columns: the four fields beside the metadata, each as a column. from_json
and polars (on as many cores as it takes) make them at once; the others decode to objects, which are taken apart.
orjson and polars take part where fastpaths[peers] is installed.
"""

import json
import random
import string
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter, itemgetter

import msgspec
import numpy as np

from fastpaths import BinaryColumn, Columns
from fastpaths.bench import Op, case, main

OPTIONAL = ("orjson", "polars")  # and imported only where they are measured
MESSAGES = {"quick": [1_000], "default": [10_000], "production": [10_000]}
PARAMS = {"size": [200, 1_000, 10_000], "messages": MESSAGES}
COMPACT = json.JSONEncoder(separators=(",", ":"))
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


class Messages:
    def __init__(self, size, messages):
        rng, self.objects = random.Random(size), []
        text = "".join(rng.choices(string.ascii_letters + " ", k=2 * size))
        for i in range(messages):
            metadata = {"test_run": "json_codec", "message_size": size, "batch_number": i // 1_000}
            message = {"id": i, "timestamp": 10**12 + i, "producer_id": i % 4, "payload": "", "metadata": metadata}
            start, length = rng.randrange(size), size - len(to_json(message))
            self.objects.append(message | {"payload": text[start : start + length]})
        self.values = each(to_json, self.objects)
        assert {*map(len, self.values)} == {size}


def each(function, values):
    return [function(value) for value in values]


def apart(decode, fields, values):
    *numbers, payloads = zip(*[fields(decode(value)) for value in values], strict=True)
    return dict(zip(SCHEMA, (*map(np.array, numbers), payloads), strict=True))


def polars_columns(data):
    import polars as pl

    target = pl.Struct({name: pl.String if type == "str" else pl.Int64 for name, type in SCHEMA.items()})
    values = pl.Series(data.values, dtype=pl.Binary).cast(pl.String)
    return (lambda: values.str.json_decode(target).struct.unnest(),)


def define(group, expected, answer, **sides):
    """The case json/<group>/<the first side> and its baselines. A side makes the call, a function and arguments."""

    def set_up(side):
        def op(size, messages):
            data = Messages(size, messages)
            units = {"items": messages, "unit": "message", "nbytes": size * messages}
            return Op(*side(data), answer=answer, expected=expected(data), **units)

        return op

    (name, side), *peers = sides.items()
    subject = case(group=f"json/{group}", name=name, params=PARAMS)(set_up(side))
    for name, side in peers:
        if name in OPTIONAL and find_spec(name) is None:
            continue
        subject.baseline(name=name)(set_up(side))


define(
    "encode",
    lambda data: data.values,
    None,
    msgspec=lambda data: (each, msgspec.json.Encoder().encode, msgspec.convert(data.objects, list[Message])),
    orjson=lambda data: (each, import_module("orjson").dumps, data.objects),
    json=lambda data: (each, to_json, data.objects),
)
define(
    "decode",
    lambda data: data.objects,
    msgspec.to_builtins,
    msgspec=lambda data: (each, msgspec.json.Decoder(Message).decode, data.values),
    orjson=lambda data: (each, import_module("orjson").loads, data.values),
    json=lambda data: (each, json.loads, data.values),
)
define(
    "columns",
    lambda data: {name: [message[name] for message in data.objects] for name in SCHEMA},
    lambda columns: {name: list(columns[name]) for name in SCHEMA},
    from_json=lambda data: (Columns.from_json, BinaryColumn.from_values(data.values), SCHEMA),
    msgspec=lambda data: (apart, msgspec.json.Decoder(Flat).decode, attrgetter(*SCHEMA), data.values),
    orjson=lambda data: (apart, import_module("orjson").loads, itemgetter(*SCHEMA), data.values),
    json=lambda data: (apart, json.loads, itemgetter(*SCHEMA), data.values),
    polars=polars_columns,
)

if __name__ == "__main__":
    main()
