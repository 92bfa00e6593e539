"""Literals and parameters are compared exactly, or refused."""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pytest

from fastpaths import FastpathsError
from fastpaths.columns.column import Column
from fastpaths.table.plan import Plan
from fastpaths.table.predicates import PredicateError
from fastpaths.table.source import ColumnsSource

MIN, MAX = -(2**63), 2**63 - 1
MIDNIGHT = datetime(2024, 5, 6, tzinfo=UTC)
INTS = [MIN, -3, -2, 0, 2, 3, 1000, 2**53, 2**53 + 1, MAX]
CENTS = [Decimal(text) for text in ("-0.01", "0.00", "0.10", "12.34", "12.35", "92233720368547758.07")]
FLOATS = [-math.inf, -0.0, 0.0, 0.1, 2.0**53, 1.7976931348623157e308, math.inf, math.nan]
TIMES = [MIDNIGHT - timedelta(microseconds=1), MIDNIGHT, MIDNIGHT + timedelta(microseconds=1), MIDNIGHT + timedelta(1)]
SOURCE = ColumnsSource(
    {
        "i": Column.from_values("int64", [*INTS, None]),
        "d": Column.from_values("decimal(2)", [*CENTS, None] + [None] * 4),
        "f": Column.from_values("float64", [*FLOATS, None] + [None] * 2),
        "t": Column.from_values("timestamp", [*TIMES, None] + [None] * 6),
        "s": Column.from_values("str", ["", "a", "A", "é", None] + [None] * 6),
        "c": Column.from_values("category", ["", "a", "A", "é", None] + [None] * 6),
        "b": Column.from_values("bytes", [b"", b"a", b"\xff", b"a\0", None] + [None] * 6),
        "yes": Column.from_values("bool", [True, False, None] + [None] * 8),
    }
)


def selected(text, **params):
    return Plan(text, SOURCE.schema).rows(SOURCE, params).tolist()


def every(values, test):
    return [i for i, value in enumerate(values) if test(value)]


NUMBERS = ["2.5", "-2.5", "1e3", "1000.0", "2.0000000000000000000000001", "-0", "1e30", "-1e30", "1e999999999"]
NUMBERS += ["1e-999999999", "-1e-999999999", "9223372036854775807", "9223372036854775807.5", "-9223372036854775808"]
NUMBERS += ["9223372036854775808", "9007199254740993", "0.1", "12.345", "12.34", "92233720368547758.07", "0e999999999"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(("name", "values"), [("i", INTS), ("d", CENTS)])
def test_numbers_are_exact(name, values, number):
    value = Decimal(number)
    for form, params in ((number, {}), (":p", {"p": value})):
        assert selected(f"{name} = {form}", **params) == every(values, lambda held: held == value)
        assert selected(f"{name} <> {form}", **params) == every(values, lambda held: held != value)
        assert selected(f"{name} < {form}", **params) == every(values, lambda held: held < value)
        assert selected(f"{name} <= {form}", **params) == every(values, lambda held: held <= value)
        assert selected(f"{name} > {form}", **params) == every(values, lambda held: held > value)
        assert selected(f"{name} >= {form}", **params) == every(values, lambda held: held >= value)
        assert selected(f"{name} IN ({form})", **params) == every(values, lambda held: held == value)
        assert selected(f"{name} NOT IN ({form})", **params) == every(values, lambda held: held != value)


@pytest.mark.parametrize("value", [2**70, -(2**70), MAX, 10**100, np.int64(3), np.uint64(2**63), np.int8(-3)])
def test_ints_are_exact(value):
    assert selected("i <= :p", p=value) == every(INTS, lambda held: held <= int(value))
    assert selected("i = :p", p=value) == every(INTS, lambda held: held == int(value))


def test_a_float_means_the_number_that_it_prints():
    assert selected("d = :p", p=0.1) == selected("d = 0.1") == [2]
    assert selected("d > :p", p=12.345) == [4, 5]
    assert selected("i > :p", p=np.float64(2.5)) == every(INTS, lambda held: held > 2)


@pytest.mark.parametrize("value", [math.inf, math.nan, Decimal("inf"), Decimal("nan")])
def test_infinity_and_nan_are_above_all_integers(value):
    assert selected("i < :p", p=value) == list(range(len(INTS)))
    assert selected("d >= :p", p=value) == selected("d = :p", p=value) == []
    assert selected("i > :p", p=-math.inf) == list(range(len(INTS)))


def test_nan_equals_itself_and_is_the_greatest_float():
    everything = list(range(len(FLOATS)))
    assert selected("f = :p", p=math.nan) == selected("f > 1e308 AND f <> :p", p=math.inf)[1:] == [7]
    assert selected("f <= :p", p=math.nan) == everything
    assert selected("NOT f < :p", p=math.nan) == [7]
    assert selected("f > :p", p=math.inf) == [7]
    assert selected("NOT f <= 0.1") == selected("f > 0.1") == [4, 5, 6, 7]
    assert selected("f IN (:p, 0)", p=-math.nan) == [1, 2, 7]
    assert selected("f = f") == everything


def test_a_float_column_is_compared_with_the_nearest_float():
    assert selected("f = 0.1") == selected("f = :p", p=Decimal("0.1")) == [3]
    assert selected("f = 0") == selected("f = -0.0") == [1, 2]
    assert selected("f = 9007199254740993") == [4]
    assert selected("f < 1e400") == selected("f < :p", p=10**400) == [0, 1, 2, 3, 4, 5]
    assert selected("f >= 1e400") == [6, 7]
    assert selected("f = 1e400") == []
    assert selected("f > -1e400") == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("t = '2024-05-06'", {}),
        ("t = '2024-05-06T00:00:00Z'", {}),
        ("t = '2024-05-06 02:00:00+02:00'", {}),
        ("t = TIMESTAMP '2024-05-06 00:00:00'", {}),
        ("t = TIMESTAMP WITH TIME ZONE '2024-05-05 19:00:00-05:00'", {}),
        ("t = DATE '2024-05-06'", {}),
        ("DATE '2024-05-06' = t", {}),
        ("t = :p", {"p": MIDNIGHT}),
        ("t = :p", {"p": MIDNIGHT.astimezone(timezone(timedelta(hours=-3)))}),
        ("t = :p", {"p": date(2024, 5, 6)}),
        ("t = :p", {"p": "2024-05-06"}),
        ("t > '2024-05-05 23:59:59.999999' AND t < '2024-05-06 00:00:00.000001'", {}),
        ("t BETWEEN '2024-05-06' AND '2024-05-06'", {}),
    ],
)
def test_times(text, params):
    assert selected(text, **params) == [1]


def test_pandas_nanoseconds_lie_between_microseconds():
    class Timestamp(datetime):
        nanosecond = 1

    value = Timestamp(2024, 5, 6, tzinfo=UTC)
    assert selected("t <= :p", p=value) == [0, 1]
    assert selected("t = :p", p=value) == []


def test_none_is_unknown():
    for text in (
        "i = :p",
        "NOT i = :p",
        "i <> :p",
        "s LIKE :p",
        "NOT s LIKE :p",
        "i IN (:p)",
        "i NOT IN (2, :p)",
        "NULL",
    ):
        assert selected(text, **({"p": None} if ":p" in text else {})) == []
    assert selected("i IN (2, :p)", p=None) == [4]
    assert selected("NOT i BETWEEN 0 AND :p", p=None) == [0, 1, 2]


def test_lists_in_in():
    assert selected("i IN (:p)", p=[2, 3]) == selected("i IN :p", p=(3, 2)) == [4, 5]
    assert selected("i NOT IN (2, :p)", p={0, 3, None}) == []
    assert selected("i IN (:p)", p=[]) == []
    assert selected("i NOT IN (:p)", p=[]) == list(range(11))  # not even a null is in no list
    assert selected("c IN (:p)", p=["a", "é", "x"]) == selected("s IN (:p)", p=["a", "é", "x"]) == [1, 3]


def test_strings_are_compared_by_their_bytes():
    for name in "sc":
        assert selected(f"{name} > 'A'") == [1, 3]
        assert selected(f"{name} = 'a'") == [1]
        assert selected(f"{name} LIKE '_'") == [1, 2, 3]
    assert selected("b > :p", p=b"a") == [2, 3]
    assert selected("b IN (:p, :q)", p=b"a\0", q=b"") == [0, 3]


def test_a_parameter_is_a_value():
    assert selected("s = :p", p="' OR 1 = 1 --") == []
    assert selected("s <> :p", p="a' OR TRUE OR s = '") == [0, 1, 2, 3]
    assert selected("s LIKE :p", p="%' OR TRUE --") == []


@pytest.mark.parametrize(
    ("text", "params", "message"),
    [
        ("i = 'a'", {}, r"column 'i' of type int64 does not compare with the str 'a'"),
        ("d > :p", {"p": "1.5"}, r"column 'd' of type decimal\(2\) does not compare with the str '1.5'"),
        ("i = :p", {"p": True}, r"column 'i' .* the bool True"),
        ("i IN (1, TRUE)", {}, r"column 'i' .* the bool True"),
        ("f = :p", {"p": b"1"}, r"column 'f' of type float64 .* the bytes b'1'"),
        ("s = 1", {}, r"column 's' of type str .* the Decimal 1"),
        ("s LIKE 1", {}, r"column 's' of type str"),
        ("c = :p", {"p": b"a"}, r"column 'c' of type category .* the bytes b'a'"),
        ("b = 'a'", {}, r"column 'b' of type bytes .*: bytes are given as a parameter"),
        ("b = :p", {"p": bytearray(b"a")}, r"column 'b' of type bytes .* the bytearray"),
        ("b LIKE 'a'", {}, r"column 'b' of type bytes has no LIKE"),
        ("i LIKE :p", {"p": "a"}, r"column 'i' of type int64 has no LIKE"),
        ("yes = 1", {}, r"column 'yes' of type bool .* the Decimal"),
        ("i", {}, r"column 'i' of type int64 .* the bool True"),
        ("t = 5", {}, r"column 't' of type timestamp .* the Decimal"),
        ("t = :p", {"p": datetime(2024, 1, 1)}, r"column 't' of type timestamp .*: it has no time zone"),
        ("i = s", {}, r"column 'i' of type int64 does not compare with column 's' of type str"),
        ("d = f", {}, r"column 'd' of type decimal\(2\) does not compare with column 'f' of type float64"),
    ],
)
def test_values_of_another_type(text, params, message):
    with pytest.raises(TypeError, match=message):
        selected(text, **params)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t = 'yesterday'", "column 't' of type timestamp: Invalid isoformat string: 'yesterday'"),
        ("t = '2024-01-01 00:00:00.1234567'", "finer than a microsecond"),
        ("t = TIMESTAMP '2024-13-01'", "'2024-13-01' is no TIMESTAMP"),
        ("t = DATE '2024-01-01 00:00:00'", "'2024-01-01 00:00:00' is no DATE"),
        ("s = '\ud800'", "column 's': .* is not valid Unicode"),
        ("s LIKE 'a!' ESCAPE '!'", "the pattern 'a!' ends with its escape character"),
    ],
)
def test_values_that_are_none(text, message):
    with pytest.raises(PredicateError, match=message) as caught:
        selected(text)
    assert isinstance(caught.value, FastpathsError)
    assert isinstance(caught.value, ValueError)
