"""A Table loaded with the batches of a Batcher, 1,000 records or 50,000 at a time, against a dict of dicts.

Records arrive 500 at a time, all with different keys. Every load begins with an empty table, and all its rows are
compared with the records. dict_loop copies each record, so that it owns its rows as a table does; by_record is a Table
without batches.
"""

from _stream import stream

from fastpaths import Batcher, FixedSize, Table
from fastpaths.bench import Op, case, main

RECORDS = {"quick": [100_000], "default": [1_000_000], "production": [1_000_000]}
PARAMS = {"records": RECORDS, "batch": {preset: [1_000, 50_000] for preset in RECORDS}}
SCHEMA = {"id": "int64", "account_id": "str", "amount": "int64", "status": "category", "timestamp": "int64"}


def to_table(batches):
    table = Table(SCHEMA, key="id")
    for batch in batches:
        table.upsert_many(batch)
    return table


def to_table_by_record(batches):
    table = Table(SCHEMA, key="id")
    for batch in batches:
        for record in batch:
            table.upsert(record)
    return table


def to_dict(batches):
    table = {}
    for batch in batches:
        for record in batch:
            table[record["id"]] = dict(record)
    return table


def batches_of(size, polls):
    batcher = Batcher(FixedSize(size))
    for poll in polls:
        yield from batcher.add_many(poll)
    yield from batcher.flush()


def loading(load, records, batch):
    data = stream(records, distinct=records)
    polls = [data[i : i + 500] for i in range(0, records, 500)]
    rows = lambda table: [table[key] for key in range(records)]  # noqa: E731
    return Op(lambda: load(batches_of(batch, polls)), items=records, unit="record", answer=rows, expected=data)


subject = case(group="batch/table", name="upsert_many", params=PARAMS)(lambda **size: loading(to_table, **size))
for name, load in {"by_record": to_table_by_record, "dict_loop": to_dict}.items():
    subject.baseline(name=name)(lambda load=load, **size: loading(load, **size))

if __name__ == "__main__":
    main()
