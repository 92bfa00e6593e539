import array
import math
import re

import numpy as np
import pytest

from fastpaths.bench import Op, case
from fastpaths.bench.answers import difference, verify
from fastpaths.bench.errors import WrongAnswer


class Arrow:
    """What pyarrow's arrays look like from here."""

    def __init__(self, values):
        self._values = values

    def to_pylist(self):
        return self._values


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (3, 3),
        (math.nan, math.nan),
        ([1.0, math.nan], [1.0, math.nan]),
        (np.array([1, 2]), [1, 2]),
        ([1, 2], np.array([1, 2])),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan])),
        ([np.array([1]), np.array([2, 3])], [[1], [2, 3]]),
        (np.int64(3), 3),
        (array.array("q", [1, 2]), [1, 2]),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"ab"), b"ab"),
        (Arrow([1, None]), [1, None]),
        ({"a": np.array([1])}, {"a": [1]}),
        ((1, 2), [1, 2]),
        (range(3), [0, 1, 2]),
        ("text", "text"),
        ([], np.array([])),
    ],
)
def test_equal_answers(actual, expected):
    assert difference(actual, expected) is None


@pytest.mark.parametrize(
    ("actual", "expected", "words"),
    [
        (3, 4, "expected 4, got 3"),
        ([1, 2], [1, 3], r"expected 3 at \[1\], got 2"),
        (np.array([1, 2]), [1, 3], r"expected 3 at \[1\], got 2"),
        ([1], [1, 2], "expected 2 items, got 1"),
        ([[1], [2]], [[1], [3]], r"expected 3 at \[1\]\[0\], got 2"),
        ({"a": 1}, {"a": 2}, r"expected 2 at \['a'\], got 1"),
        ({"a": 1}, {"a": 1, "b": 2}, "lacks key 'b'"),
        ({"a": 1, "b": 2}, {"a": 1}, "has the unexpected key 'b'"),
        (b"a", "a", "expected 'a', got b'a'"),
        (math.nan, 1.0, "expected 1.0, got nan"),
        (0.1 + 0.2, 0.3, "got 0.3000"),
        (None, 0, "expected 0, got None"),
        (list(range(10**5)), [*range(10**5 - 1), -1], r"expected -1 at \[99999\], got 99999"),
        ("x" * 1000, "y" * 1000, "expected 'y"),
    ],
)
def test_the_first_difference_is_named(actual, expected, words):
    found = difference(actual, expected)
    assert found is not None
    assert re.search(words, found), found
    assert len(found) < 300


def test_verify_names_the_case():
    (wrong,) = case(group="g", name="f")(lambda: Op(len, "ab", expected=3)).cases()
    with pytest.raises(WrongAnswer, match="g/f: wrong answer, so it is not timed: expected 3, got 2"):
        verify(wrong, wrong.make())
