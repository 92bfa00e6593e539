"""Every function lets other threads run while it reads something large."""

import sys
import threading

import pytest

from fastpaths.columns import BinaryColumn
from fastpaths.rawbytes import byte_sum, count, frames, positions, split, varints

DATA = b"\0\0\0\4abc\n" * 100_000
COLUMN = BinaryColumn.from_values([DATA[:4_000]] * 200)
FUNCTIONS = {
    "byte_sum": byte_sum,
    "count": lambda data: count(data, b"\n"),
    "positions": lambda data: positions(data, b"\n"),
    "split": lambda data: split(data, b"\n"),
    "frames": frames,
    "varints": varints,
}


@pytest.mark.parametrize("data", [DATA, COLUMN], ids=["buffer", "column"])
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_others_run_meanwhile(function, data):
    """With the GIL never taken away, another thread runs only if it is given up."""
    gate, ran = threading.Event(), threading.Event()

    def run():
        gate.wait()
        ran.set()

    other = threading.Thread(target=run)
    other.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    try:
        gate.set()
        given_up = any(function(data) is not None and ran.is_set() for _ in range(1000))
    finally:
        sys.setswitchinterval(interval)
        other.join()
    assert given_up
