"""Whether a lookup costs the same whatever the keys are, and however many: `fastpaths count 'keys/*' --over rows`.

Sequential, strided and reversed keys are what counters and timestamps look like; colliding ones are equal in their low
43 bits, which many a hash table takes their place from.
"""

import itertools
import random

import numpy as np

from fastpaths import KeyIndex
from fastpaths.bench import Op, case, main

PROBES = 1000
SIZES = [1_000, 10_000, 100_000, 1_000_000]
ROWS = {"quick": [1_000], "default": SIZES, "production": SIZES}
INT64 = {
    "random": lambda n: np.random.default_rng(n).integers(-(2**63), 2**63 - 1, n),
    "sequential": np.arange,
    "strided": lambda n: np.arange(n) * 4096,
    "reversed": lambda n: np.arange(n)[::-1],
    "colliding": lambda n: np.arange(n) << 43,
}


def lookups(kind, keys, absent):
    """A thousand of them; every twentieth is of the absent keys."""
    index, rng = KeyIndex(kind), random.Random(len(keys))
    index.insert_many(keys)
    rows = [rng.randrange(len(keys)) if i % 20 else -1 for i in range(PROBES)]
    probes = [next(absent) if row < 0 else keys[row] for row in rows]
    return Op.each(index.find, probes, unit="lookup", expected=rows)


@case(group="keys", params={"rows": ROWS, "keys": list(INT64)})
def int64(rows, keys):
    stored = INT64[keys](rows).tolist()
    known = set(stored)
    return lookups("int64", stored, (key for key in itertools.count(rows, 4097) if key not in known))


@case(group="keys", name="str", params={"rows": ROWS})
def text(rows):
    return lookups("str", [f"txn_{i:08d}" for i in range(rows)], map("txn_{:08d}".format, itertools.count(rows)))


if __name__ == "__main__":
    main()
