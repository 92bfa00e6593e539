"""Opaque bytes through Kafka, nothing serialised: records a second of kafka-python and of fastpaths, on one broker.

python benchmarks/kafka_raw_bytes.py --broker apache                                     # payloads of 64 B
python benchmarks/kafka_raw_bytes.py --bootstrap-server HOST:PORT --record-size 4096 -o bytes.json
python benchmarks/kafka_raw_bytes.py --throughput 20000                                  # an open loop, and latencies

Four producers and a consumer, in processes of their own; three partitions, lz4, acks=1, batches of 128 KiB that wait
5 ms, four headers a record. kafka-python send()s and poll()s, fastpaths send_batch()es and poll_batches();
fastpaths-drop-in is kafka-python's code with the import changed.
"""

import argparse
import sys
from pathlib import Path

from _scenario import throughput
from _scenario.classes import rates
from _scenario.load import Load
from _scenario.scenario import Scenario, Side, original
from _scenario.sides import DROP_IN, FASTPATHS, KAFKA_PYTHON

from fastpaths.bench.errors import exit_code

SIDES = [Side(KAFKA_PYTHON), Side(FASTPATHS), Side(DROP_IN)]


def arguments() -> argparse.Namespace:
    return throughput.parser_of(__doc__, SIDES, records=200_000, size=64).parse_args()


def scenario(given: argparse.Namespace, load: Load) -> Scenario:
    about = {"producer": "fastpaths", "content-type": "application/octet-stream", "size": load.size, "seed": load.seed}
    return Scenario(
        name=f"raw-bytes/{load.size}",
        sides=SIDES,
        clients=original(batch_size=128 << 10, fetch_min_bytes=50_000, fetch_max_wait_ms=100),
        classes=rates(top=20_000, excellent=10_000, third=5000, fourth=2000),
        headers=[(name, str(value).encode()) for name, value in about.items()],
    )


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, lambda: throughput.main(arguments(), scenario)))
