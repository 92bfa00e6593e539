"""Keep the topic `users`, JSON by name, in a Table, and join the topic `trades` with it.

python topic_join.py HOST:PORT
"""

import sys

from fastpaths import Columns, Table
from fastpaths.kafka import KafkaConsumer


def main(**options):
    users = Table({"user": "str", "tier": "str"}, key="user")
    with KafkaConsumer("users", "trades", auto_offset_reset="earliest", **options) as consumer:
        while batches := consumer.poll_batches(timeout_ms=2000):
            for batch in sorted(batches.values(), key=lambda batch: batch.topic != "users"):  # those first
                if batch.topic == "users":  # null deletes
                    users.apply(batch.keys, batch.values, lambda some: Columns.from_json(some, {"tier": "str"}))
                else:
                    trades = Columns.from_json(batch.values, {"user": "str", "amount": "int64"})
                    print(*users.join(trades, on="user", columns=["tier"]).to_dicts(), sep="\n")


if __name__ == "__main__":
    main(bootstrap_servers=sys.argv[1])
