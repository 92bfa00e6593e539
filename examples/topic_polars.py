"""Hand what a topic holds to polars, without a copy.

python topic_polars.py 'kafka://HOST:PORT/trades?until=latest'
"""

import sys

import polars as pl

from fastpaths.sources import open_source


def main(trades):
    with open_source(trades) as batches:
        for batch in batches:
            frame = pl.DataFrame(batch)  # offset, timestamp, key, value
            print(frame.group_by("key").agg(pl.len(), pl.col("value").bin.size().sum().alias("bytes")).sort("key"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
