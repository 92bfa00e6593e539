"""Hand what comes of the topic `trades` to polars, without a copy.

python topic_polars.py HOST:PORT
"""

import sys

import polars as pl

from fastpaths.kafka import KafkaConsumer


def main(**options):
    with KafkaConsumer("trades", auto_offset_reset="earliest", **options) as consumer:
        while batches := consumer.poll_batches(timeout_ms=2000):
            for batch in batches.values():
                frame = pl.DataFrame(batch)  # offset, timestamp, key, value
                print(frame.group_by("key").agg(pl.len(), pl.col("value").bin.size().sum().alias("bytes")).sort("key"))


if __name__ == "__main__":
    main(bootstrap_servers=sys.argv[1])
