"""Enrich a topic of trades from a table in PostgreSQL, into a Parquet file.

python enrich_to_parquet.py 'postgresql://HOST/db?table=users' 'kafka://HOST/trades?until=latest&format=json' FILE
"""

import sys

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from fastpaths import Table
from fastpaths.sources import open_source


def main(users, trades, path):
    table = Table.from_arrow(open_source(users), key="user")
    with open_source(trades) as batches:
        enriched = (pa.record_batch(table.join(batch, on="user", columns=["tier"])) for batch in batches)
        first = next(enriched)
        with ParquetWriter(path, first.schema) as writer:
            writer.write_batch(first)
            for batch in enriched:
                writer.write_batch(batch)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
