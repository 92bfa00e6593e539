"""Every function lets other threads run while it reads something large."""

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
def test_others_run_meanwhile(function, data, gives_up_the_gil):
    assert gives_up_the_gil(lambda: function(data))
