"""Keep a topic of users, JSON by name, in a Table, and join a topic of trades with it.

python topic_join.py 'kafka://HOST:PORT/users?until=latest' 'kafka://HOST:PORT/trades?until=latest&format=json'
"""

import sys

from fastpaths import Columns, Table
from fastpaths.sources import open_source


def main(users, trades):
    table = Table({"user": "str", "tier": "str"}, key="user")
    with open_source(users) as changes:  # all of it first: a trade is joined with what the table holds when it comes
        for batch in changes:  # a null value deletes
            table.apply(batch.keys, batch.values, lambda values: Columns.from_json(values, {"tier": "str"}))
    with open_source(trades) as batches:
        for batch in batches:
            print(*table.join(batch, on="user", columns=["tier"]).to_dicts(), sep="\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
