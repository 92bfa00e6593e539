"""Sources against the libraries that they read with: the same batches, moved, counted and summed.

Files are read by pyarrow's readers, with the same types and blocks, and moved by one thread of its pool; its readers of
text have another that reads ahead, whose work `fastpaths versus` counts by CPU time. A topic is a recorded one, so that
no broker is in the way. What the columns of a stamp cost is compared with touching every record.

Into a Table, one thread reads while another inserts, so that there whole processes take turns (pairing "alternate").
"""

import os
import random
import tempfile
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from fastpaths import Table
from fastpaths.bench import Op, case, main
from fastpaths.kafka import ConsumerBatch, records
from fastpaths.sources import SourceURI, open_source, stamped

FORMATS = ["parquet", "csv", "jsonl"]
ROWS = {"quick": [10_000], "default": [100_000], "production": [1_000_000]}
URI_SHAPES = {  # with their paths
    "kafka://localhost:9092/trades-{0}?group_id=reader": "/trades-{0}",
    "kafka://broker-1:9092,broker-2:9092/trades-{0}?group_id=reader": "/trades-{0}",
    "file:///data/trades-{0}.csv": "/data/trades-{0}.csv",
    "s3://bucket/trades-{0}.parquet?region=eu-central-1": "/trades-{0}.parquet",
    "postgresql://reader@localhost:5432/market-{0}?table=trades": "/market-{0}",
}
POLL = 10_000  # records of 100 B
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
POSTGRESQL = os.environ.get("FASTPATHS_POSTGRESQL")


@cache
def trades(rows):
    import pyarrow as pa

    numbers = np.arange(rows)
    symbols = pa.array([f"STOCK{i % 1000:04d}" for i in range(rows)])
    volumes, times = numbers * 7 % 10_000, 1_700_000_000_000 + numbers
    return pa.table({"id": numbers, "symbol": symbols, "price": numbers / 7, "volume": volumes, "timestamp": times})


@cache
def folder():
    return tempfile.TemporaryDirectory(prefix="fastpaths-datasource-")


@cache
def file(rows, ending):
    """The path of a file of trades, which lives as long as the process."""
    import polars as pl
    import pyarrow.csv
    import pyarrow.parquet

    path = f"{folder().name}/{rows}.{ending}"
    if ending == "parquet":
        pyarrow.parquet.write_table(trades(rows), path)
    elif ending == "csv":
        pyarrow.csv.write_csv(trades(rows), path)
    else:
        pl.from_arrow(trades(rows)).write_ndjson(path)
    return path


def read(batches):
    """How many rows there were, and the sum of their ids."""
    count = total = 0
    for batch in batches:
        count += len(batch)
        total += int(batch.column("id").to_numpy().sum())
    return count, total


def wrapped(path):
    """pyarrow's own reader, as the source has it."""
    import pyarrow.csv
    import pyarrow.json
    import pyarrow.parquet

    from fastpaths.sources.formats import BLOCK, use_threads

    if path.endswith(".csv"):
        return pyarrow.csv.open_csv(path, pyarrow.csv.ReadOptions(block_size=BLOCK))
    if path.endswith(".jsonl"):
        return pyarrow.json.open_json(path, pyarrow.json.ReadOptions(block_size=BLOCK))
    return pyarrow.parquet.ParquetFile(path).iter_batches(use_threads=use_threads())


def moving(open, rows, ending):
    import pyarrow as pa

    path = file(rows, ending)
    threads = pa.cpu_count()
    pa.set_cpu_count(1)
    return Op(
        lambda: read(open(path)),
        items=rows,
        unit="row",
        expected=(rows, rows * (rows - 1) // 2),
        close=lambda: pa.set_cpu_count(threads),
    )


@case(group="source/file", params={"rows": ROWS, "format": FORMATS})
def source(rows, format):
    return moving(lambda path: open_source(f"file://{path}"), rows, format)


@source.baseline
def pyarrow_reader(rows, format):
    return moving(wrapped, rows, format)


def loading(load, rows, format, answer=len):
    return Op(load, file(rows, format), answer=answer, items=rows, unit="row", expected=rows)


@case(group="source/table", name="source", params={"rows": ROWS, "format": FORMATS}, pairing="alternate")
def table(rows, format):
    return loading(lambda path: Table.from_arrow(open_source(f"file://{path}"), key="id"), rows, format)


@table.baseline
def reader_alone(rows, format):
    return loading(lambda path: list(wrapped(path)), rows, format, lambda batches: sum(map(len, batches)))


class Recording:
    """A consumer of a topic that was recorded: polls of 1 MiB, as a fetch brings them, which it decodes."""

    def __init__(self, rows):
        rows_of_100 = [b"%0100d" % i for i in range(rows)]
        self.fetched = [
            records.encode(rows_of_100[start : start + POLL], base_offset=start) for start in range(0, rows, POLL)
        ]

    def poll_batches(self, timeout_ms=0):
        return {"t": ConsumerBatch("t", 0, records.decode(next(self.polls)))}

    def read(self, batches):
        self.polls, count, total = iter(self.fetched), 0, 0
        for batch in islice(batches(), len(self.fetched)):  # a topic has no end
            count += len(batch)
            total += int(batch.offsets.sum())
        return count, total


def polling(rows, batches):
    recording = Recording(rows)
    return Op(recording.read, batches(recording), items=rows, unit="record", expected=(rows, rows * (rows - 1) // 2))


@case(group="source/kafka", name="source", params={"rows": ROWS})
def topic(rows):
    def batches(recording):
        def read():
            source = open_source("kafka://localhost/t")
            source._consumer = recording
            return source

        return read

    return polling(rows, batches)


@topic.baseline
def consumer(rows):
    def batches(recording):
        def read():
            while True:
                yield from recording.poll_batches().values()

        return read

    return polling(rows, batches)


@case(group="source/uri")
def parse():
    return parsing(SourceURI.parse, lambda uris: [uri.path for uri in uris])


@parse.baseline
def urllib():
    def parse(text):
        parts = urlsplit(text)
        return parts, parse_qsl(parts.query)

    return parsing(parse, lambda uris: [parts.path for parts, _ in uris])


def parsing(parse, paths):
    """500 that differ: urllib remembers what it has split."""
    numbers = random.Random(7).sample(range(10**6), 100)
    uris, expected = (
        [text.format(number) for number in numbers for text in texts] for texts in (URI_SHAPES, URI_SHAPES.values())
    )
    return Op.each(parse, uris, unit="URI", answer=paths, expected=expected)


@case(group="source/schema", params={"format": FORMATS})
def schema(format):
    """Of a file of 100,000 rows, from the first of them."""
    path = f"file://{file(100_000, format)}"
    return Op(lambda: open_source(path).schema.names, unit="schema", items=1, expected=trades(1).schema.names)


@case(group="source/stamp", params={"rows": {"quick": [10_000], "default": [10_000], "production": [10_000]}})
def stamp(rows):
    """processed_at, batch_id and processor_id, of a batch."""
    (batch,) = trades(rows).to_batches()
    return Op(
        lambda: next(stamped([batch], "worker-1", 7, now=lambda: 0)), **stamps(rows, lambda batch: batch.to_pylist())
    )


@stamp.baseline
def dicts(rows):
    """What touching each record costs."""

    def stamp(records):
        return [{**record, "processed_at": EPOCH, "batch_id": 7, "processor_id": "worker-1"} for record in records]

    return Op(stamp, trades(rows).to_pylist(), **stamps(rows, list))


def stamps(rows, answer):
    stamp = {"processed_at": EPOCH, "batch_id": 7, "processor_id": "worker-1"}
    return {
        "items": rows,
        "unit": "record",
        "answer": answer,
        "expected": [record | stamp for record in trades(rows).to_pylist()],
    }


if POSTGRESQL:  # a server to write a table into

    @case(group="source/postgresql", params={"rows": ROWS}, pairing="alternate")
    def source_to_table(rows):
        uri = f"{filled(rows)}?table=fastpaths_{rows}"
        return loading_rows(lambda: len(Table.from_arrow(open_source(uri), key="id")), rows)

    @source_to_table.baseline
    def psycopg_to_dicts(rows):
        import psycopg
        from psycopg.rows import dict_row

        def load():
            with psycopg.connect(filled(rows), row_factory=dict_row) as connection:
                return len({row["id"]: row for row in connection.execute(f"SELECT * FROM fastpaths_{rows}")})

        return loading_rows(load, rows)


def loading_rows(load, rows):
    return Op(load, items=rows, unit="row", expected=rows)


@cache
def filled(rows):
    import adbc_driver_postgresql.dbapi

    with adbc_driver_postgresql.dbapi.connect(POSTGRESQL) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest(f"fastpaths_{rows}", trades(rows), mode="replace")
        connection.commit()
    return POSTGRESQL


if __name__ == "__main__":
    main()
