"""How the hash function spreads keys, seen by how many rows lie outside the bucket where their search starts."""

import os
import subprocess
import sys

import numpy as np
import pytest

from fastpaths import KeyIndex


@pytest.mark.parametrize(
    "keys",
    [
        np.arange(100_000),
        -np.arange(100_000),
        np.arange(100_000) * 1000,
        np.arange(100_000) << 20,
        np.arange(100_000) << 46,
        np.arange(100_000).byteswap(),
        np.arange(100_000).astype(float).view(np.int64),
        1_700_000_000_000_000 + np.arange(100_000) * 1_000_000,
    ],
    ids=["sequence", "reversed", "stride 1000", "stride 2**20", "high bits", "bytes reversed", "floats", "timestamps"],
)
def test_patterns_spread_like_random_keys(keys):
    """Of random keys a twentieth lie outside their home in a full table."""
    index = KeyIndex("int64", capacity=len(keys))
    index.insert_many(keys)
    assert index._displaced < 0.06 * len(keys)


def test_seed():
    """FASTPATHS_HASH_SEED decides where keys lie; without it each process has a secret of its own."""
    program = (
        "from fastpaths import KeyIndex; index = KeyIndex('int64', 10**5)\n"
        "index.insert_many(list(range(10**5))); print(index._displaced)"
    )

    def displaced(**seed):
        environment = {name: value for name, value in os.environ.items() if name != "FASTPATHS_HASH_SEED"} | seed
        command = [sys.executable, "-P", "-c", program]
        return subprocess.run(command, env=environment, capture_output=True, check=True).stdout

    assert displaced(FASTPATHS_HASH_SEED="1") == displaced(FASTPATHS_HASH_SEED="1")
    assert displaced(FASTPATHS_HASH_SEED="1") != displaced(FASTPATHS_HASH_SEED="2")
    assert len({displaced() for _ in range(4)}) > 1
