"""JSON messages: encoded, decoded to objects, and decoded to columns.

json/encode, json/decode: one message after the other, each result dropped, as a sender or a handler does. msgspec, with
objects of a declared type, against dicts of orjson and json. All encoders give the same bytes. json/columns: the four
fields beside the metadata, each as a column. from_json and polars (on as many cores as it takes) make them at once; the
others decode to objects, which are taken apart.
orjson and polars take part where fastpaths[peers] is installed.
"""

import json
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter, itemgetter

import msgspec
import numpy as np
from _messages import SCHEMA, Flat, Message, message, text, to_json

from fastpaths import BinaryColumn, Columns
from fastpaths.bench import Op, case, main

OPTIONAL = ("orjson", "polars")  # and imported only where they are measured
MESSAGES = {"quick": [1_000], "default": [10_000], "production": [10_000]}
PARAMS = {"size": [200, 1_000, 10_000], "messages": MESSAGES}


class Messages:
    def __init__(self, size, messages):
        cut_from = text(size)
        self.objects = [message(i, size, cut_from, "json_codec") for i in range(messages)]
        self.values = [to_json(message) for message in self.objects]
        assert {*map(len, self.values)} == {size}


def apart(decode, fields, values):
    *numbers, payloads = zip(*[fields(decode(value)) for value in values], strict=True)
    return dict(zip(SCHEMA, (*map(np.array, numbers), payloads), strict=True))


def polars_columns(data):
    import polars as pl

    target = pl.Struct({name: pl.String if type == "str" else pl.Int64 for name, type in SCHEMA.items()})
    values = pl.Series(data.values, dtype=pl.Binary).cast(pl.String)
    return (lambda: values.str.json_decode(target).struct.unnest(),)


def define(group, make, expected, answer=None, **sides):
    """The case json/<group>/<the first side> and its baselines. A side: a function and what make applies it to."""

    def set_up(side):
        def op(size, messages):
            data = Messages(size, messages)
            count = messages if make is Op else 1
            units = {"items": count, "unit": "message", "nbytes": size * count}
            return make(*side(data), answer=answer, expected=expected(data), **units)

        return op

    (name, side), *peers = sides.items()
    subject = case(group=f"json/{group}", name=name, params=PARAMS)(set_up(side))
    for name, side in peers:
        if name in OPTIONAL and find_spec(name) is None:
            continue
        subject.baseline(name=name)(set_up(side))


define(
    "encode",
    Op.each,
    lambda data: data.values,
    msgspec=lambda data: (msgspec.json.Encoder().encode, msgspec.convert(data.objects, list[Message])),
    orjson=lambda data: (import_module("orjson").dumps, data.objects),
    json=lambda data: (to_json, data.objects),
)
define(
    "decode",
    Op.each,
    lambda data: data.objects,
    msgspec.to_builtins,
    msgspec=lambda data: (msgspec.json.Decoder(Message).decode, data.values),
    orjson=lambda data: (import_module("orjson").loads, data.values),
    json=lambda data: (json.loads, data.values),
)
define(
    "columns",
    Op,
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
