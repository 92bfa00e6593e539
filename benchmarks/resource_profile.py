"""What a stream's messages take of memory, CPU and the garbage collector: as objects, and as columns.

    python benchmarks/resource_profile.py                      # samples each case for ten seconds, ten times a second
    python benchmarks/resource_profile.py --hz 100 --cost      # and how much sampling slows them down

The work of each: 5,000 messages of 1 KiB of JSON are decoded, put into a table by their id, and one field is summed.
It takes the options of `fastpaths profile`; `fastpaths time 'resources/*'` times the same cases.
"""

import json
from operator import itemgetter

from fastpaths import BinaryColumn, Columns, Table
from fastpaths.bench import Op, case

MESSAGES = {"quick": [5_000], "default": [5_000], "production": [50_000]}
SIZE = 1024
SCHEMA = {"id": "int64", "symbol": "category", "price": "float64", "volume": "int64", "payload": "str"}


def generated(count):
    """JSON of SIZE bytes each, and the sum of their volumes."""
    values = []
    for i in range(count):
        record = {"id": i, "symbol": f"STOCK{i % 100:04d}", "price": 100 + i % 1000 / 8, "volume": i * 37 % 1000}
        bare = len(json.dumps(record | {"payload": ""}))
        values.append(json.dumps(record | {"payload": "abcdefgh"[i % 8] * (SIZE - bare)}).encode())
    return values, sum(i * 37 % 1000 for i in range(count))


@case(group="resources", params={"messages": MESSAGES})
def columns(messages):
    values, volume = generated(messages)
    column = BinaryColumn.from_values(values)

    def work(column):
        table = Table(SCHEMA, key="id", capacity=len(column))
        table.upsert_many(Columns.from_json(column, SCHEMA))
        return len(table), table.sum("volume")

    return Op(work, column, items=messages, unit="record", nbytes=SIZE * messages, expected=(messages, volume))


@columns.baseline
def objects(messages):
    values, volume = generated(messages)

    def work(values):
        table = {record["id"]: record for record in map(json.loads, values)}
        return len(table), sum(map(itemgetter("volume"), table.values()))

    return Op(work, values, items=messages, unit="record", nbytes=SIZE * messages, expected=(messages, volume))


if __name__ == "__main__":
    from fastpaths.bench.profiling.command import script  # not for a worker that only loads the cases

    script()
