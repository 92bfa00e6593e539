"""Is the answer right? Compares what an operation returned with what its case expects."""

from __future__ import annotations

import hashlib
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from .case import Case, Op
from .errors import WrongAnswer

_ATOMS = {int, float, str, bytes, bool, type(None)}


def verify(case: Case, op: Op) -> str:
    """Run the operation once and raise WrongAnswer unless it gives what the case expects; a digest of what it gave."""
    answer = op.run()
    if found := difference(answer, op.expected):
        raise WrongAnswer(f"{case.name}: wrong answer, so it is not timed: {found}")
    return hashlib.sha256(repr(_plain_throughout(answer)).encode()).hexdigest()[:16]


def difference(actual: Any, expected: Any, where: str = "") -> str | None:
    """The first place in which two answers differ, in words; None if they are equal.

    Arrays of numpy, Arrow, polars and pandas equal the Python values that they hold; buffers equal their bytes;
    NaN equals NaN. Floats are compared exactly: round them in the Op's `answer` where the order of a sum may vary.
    """
    actual, expected = _plain(actual), _plain(expected)
    if _equal(actual, expected):
        return None
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if odd := [key for key in (*expected, *actual) if key not in actual or key not in expected]:
            side = "lacks" if odd[0] in expected else "has the unexpected"
            return f"the answer{where} {side} key {reprlib.repr(odd[0])}"
        pairs = [(f"{where}[{reprlib.repr(key)}]", actual[key], expected[key]) for key in expected]
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return f"expected {len(expected)} items{where and ' at ' + where}, got {len(actual)}"
        pairs = [(f"{where}[{i}]", *both) for i, both in enumerate(zip(actual, expected, strict=True))]
    else:
        return f"expected {reprlib.repr(expected)}{where and ' at ' + where}, got {reprlib.repr(actual)}"
    return next(filter(None, (difference(a, e, place) for place, a, e in pairs)), None)


def _plain(value: Any) -> Any:
    """The Python values that an array holds."""
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    for convert in ("tolist", "to_pylist", "to_list"):  # numpy; pyarrow; polars and pandas
        if callable(method := getattr(value, convert, None)):
            return method()
    return value


def _plain_throughout(value: Any) -> Any:
    value = _plain(value)
    if isinstance(value, Mapping):
        return {key: _plain_throughout(inner) for key, inner in value.items()}
    if _is_sequence(value):
        return [inner if type(inner) in _ATOMS else _plain_throughout(inner) for inner in value]
    return value


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _equal(actual: Any, expected: Any) -> bool:
    try:
        return bool(actual == expected or (actual != actual and expected != expected))  # NaN != NaN
    except ValueError:  # a list that holds arrays has no truth value: look inside
        return False
