"""Column against a list of Python objects."""

import pickle
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import IntEnum
from importlib.machinery import EXTENSION_SUFFIXES

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths import BinaryColumn
from fastpaths.columns import bits, builders, column_data, dicts, gather, scalars, text
from fastpaths.columns.column import Column

int64s = st.integers(-(2**63), 2**63 - 1)
kind_of = type
VALUES = {
    "int64": int64s,
    "float64": st.floats(allow_nan=False),
    "bool": st.booleans(),
    "str": st.text(max_size=20),
    "bytes": st.binary(max_size=20),
    "category": st.text(max_size=2),
    "timestamp": st.datetimes(timezones=st.just(UTC)),
    "decimal(2)": int64s.map(lambda units: Decimal(units) * Decimal("0.01")),
}
columns = st.sampled_from(sorted(VALUES)).flatmap(
    lambda type: st.tuples(st.just(type), st.lists(st.none() | VALUES[type], max_size=40))
)


@pytest.mark.parametrize("module", [bits, builders, column_data, dicts, gather, scalars, text])
def test_compiled(module):
    assert module.__file__.endswith(tuple(EXTENSION_SUFFIXES))


def test_is_read_only():
    column = Column.from_values("int64", [1, None])
    for part in ("type", "length", "values", "validity", "categories", "more"):
        with pytest.raises(AttributeError):
            setattr(column, part, None)


@pytest.mark.parametrize("type", ["int64", "bool", "timestamp", "decimal(2)"])
def test_goes_to_another_process(type):
    column = Column.from_values(
        type, [None, {"bool": True, "timestamp": datetime(2026, 1, 1, tzinfo=UTC)}.get(type, 7)]
    )
    copy = pickle.loads(pickle.dumps(column))
    assert (copy.type, copy.to_list()) == (column.type, column.to_list())


@given(columns)
def test_reads_as_the_list(drawn):
    type, values = drawn
    column = Column.from_values(type, iter(values))
    assert str(column.type) == type
    assert len(column) == len(values)
    assert column.to_list() == list(column) == values
    assert [*map(kind_of, column)] == [*map(kind_of, values)]
    assert column.null_count == values.count(None)
    assert column.is_valid().tolist() == [value is not None for value in values]
    assert [column[i] for i in range(-len(values), len(values))] == values * 2
    for row in (len(values), -len(values) - 1):
        with pytest.raises(IndexError, match=f"value {row} of a column of {len(values)} values"):
            column[row]


@given(columns, st.slices(40), st.slices(40))
def test_slices(drawn, first, second):
    type, values = drawn
    column = Column.from_values(type, values)[first]
    assert column.to_list() == values[first]
    assert column[second].to_list() == values[first][second]
    assert column[second].null_count == values[first][second].count(None)


@given(columns, st.data())
def test_take(drawn, data):
    type, values = drawn
    column = Column.from_values(type, values)[1:]
    rows = data.draw(st.lists(st.integers(-1, len(column) - 1), max_size=80))
    taken = column.take(rows)
    assert taken.to_list() == [None if row < 0 else values[1:][row] for row in rows]
    assert taken.to_list() == column.take(np.array(rows, np.int32)).to_list()
    for row in (-2, len(column), 2**62, -(2**63)):
        with pytest.raises(IndexError, match=rf"rows\[{len(rows)}\] = {row} of a column of {len(column)} values"):
            column.take([*rows, row])


def test_take_refuses():
    column = Column.from_values("int64", [1, 2])
    for rows in ([0.0], [True], [[0]], 0, ["0"], [None]):
        with pytest.raises(TypeError, match="rows must be integers in one dimension"):
            column.take(rows)
    with pytest.raises(IndexError):
        column.take(np.array([2**64 - 1], np.uint64))


def test_take_shares_long_values():
    column = Column.from_values("str", ["a value that is not inlined" * 100])
    assert column.take([0] * 1000).nbytes < 1000 * 16 + 3000


INTEGERS = [np.int64(3), np.uint8(3), IntEnum("Three", {"A": 3}).A]
ACCEPTED = [
    *(("int64", value, 3) for value in INTEGERS),
    *(("float64", value, 3.0) for value in (3, np.float32(3), *INTEGERS)),
    *(("decimal(1)", value, Decimal(3)) for value in (3, "3", " 3.0 ", "30e-1", Decimal("3.000"), *INTEGERS)),
    ("decimal(0)", Decimal("9223372036854775807.000"), Decimal(2**63 - 1)),
    ("decimal(18)", "-9.223372036854775808", Decimal("-9.223372036854775808")),
    ("decimal(2)", Decimal("0E+999999"), Decimal(0)),
    ("decimal(2)", Decimal("0E-999999"), Decimal(0)),
    ("bool", np.True_, True),
    ("str", np.str_("a"), "a"),
    ("bytes", np.bytes_(b"a"), b"a"),
    ("category", np.str_("a"), "a"),
    (
        "timestamp",
        datetime(2026, 3, 1, 1, 2, 3, 456789, timezone(timedelta(hours=5, minutes=30))),
        datetime(2026, 2, 28, 19, 32, 3, 456789, UTC),
    ),
    ("timestamp", datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
]


@pytest.mark.parametrize(("type", "value", "stored"), ACCEPTED)
def test_accepts(type, value, stored):
    assert Column.from_values(type, [None, value]).to_list() == [None, stored]


REFUSED = [
    ("int64", True, TypeError, "expected an int, found bool True"),
    ("int64", 1.0, TypeError, "expected an int, found float 1.0"),
    ("int64", "abc", TypeError, "expected an int, found str 'abc'"),
    ("int64", 2**63, OverflowError, "expected an int, found 9223372036854775808, which does not fit in 64 bits"),
    ("int64", np.uint64(2**63), OverflowError, "does not fit"),
    ("float64", True, TypeError, "expected a float, found bool"),
    ("float64", Decimal(1), TypeError, "expected a float, found Decimal"),
    ("float64", 10**400, OverflowError, "too large"),
    ("bool", 1, TypeError, "expected a bool, found int 1"),
    ("str", b"a", TypeError, "expected a str, found bytes b'a'"),
    ("str", "\ud800", ValueError, "expected valid Unicode: .*surrogates not allowed"),
    ("bytes", "a", TypeError, "expected bytes, found str 'a'"),
    ("category", "\ud800", ValueError, "expected valid Unicode"),
    ("category", 1, TypeError, "expected a str, found int 1"),
    ("timestamp", datetime(2026, 1, 1), ValueError, r"which has no time zone"),
    ("timestamp", 1, TypeError, "expected an aware datetime, found int 1"),
    ("decimal(2)", 1.5, TypeError, "expected a Decimal, int or str, found float 1.5"),
    ("decimal(2)", True, TypeError, "expected a Decimal, int or str, found bool True"),
    ("decimal(2)", "1.234", ValueError, "expected at most 2 digits behind the point, found '1.234'"),
    ("decimal(2)", Decimal("1e-70"), ValueError, "at most 2 digits"),
    ("decimal(2)", Decimal("1e-9999999"), ValueError, "at most 2 digits"),
    ("decimal(2)", Decimal("1" * 15 + "." + "1" * 70), ValueError, "at most 2 digits"),
    ("decimal(2)", "92233720368547758.08", OverflowError, r"expected a decimal\(2\), found .*, which does not fit"),
    ("decimal(0)", Decimal("1e9999999"), OverflowError, "does not fit"),
    ("decimal(0)", "NaN", ValueError, "expected a finite decimal number, found 'NaN'"),
    ("decimal(0)", Decimal("sNaN"), ValueError, "finite"),
    ("decimal(0)", Decimal("-Infinity"), ValueError, "finite"),
    ("decimal(0)", "one", ValueError, "finite decimal number, found 'one'"),
]


@pytest.mark.parametrize(("type", "value", "error", "message"), REFUSED)
def test_refuses(type, value, error, message):
    with pytest.raises(error, match=f"^row 1: .*{message}"):
        Column.from_values(type, [None, value])
    with pytest.raises(error, match=f"^column 'amount', row 0: .*{message}"):
        Column.from_values(type, [value], name="amount")


def test_a_list_that_changes_meanwhile():
    class Zone(tzinfo):
        def utcoffset(self, when):
            change()
            return timedelta(0)

    values = [datetime(2026, 1, 1, tzinfo=Zone())] * 3
    change = lambda: values.extend([values[0]] * 1000)  # noqa: E731
    assert len(Column.from_values("timestamp", values)) == 3
    change = values.clear
    with pytest.raises(IndexError):
        Column.from_values("timestamp", values)


def test_to_numpy():
    for type, values, stored in (
        ("int64", [1, 2], np.array([1, 2], np.int64)),
        ("float64", [1.5, 2.0], np.array([1.5, 2.0])),
        ("bool", [True, False], np.array([True, False])),
        ("timestamp", [datetime(1970, 1, 2, tzinfo=UTC)], np.array(["1970-01-02"], "datetime64[us]")),
        ("decimal(2)", [Decimal("1.25")], np.array([125], np.int64)),
    ):
        array = Column.from_values(type, values).to_numpy()
        assert array.dtype == stored.dtype
        assert array.tolist() == stored.tolist()
        assert type == "bool" or not array.flags.writeable
        array, valid = Column.from_values(type, [None, *values]).to_numpy()
        assert valid.tolist() == [False] + [True] * len(values)
    for type, values, stored in (
        ("str", ["a", "é"], [b"a", "é".encode()]),
        ("bytes", [b"a", b""], [b"a", b""]),
        ("category", ["a", "b", "a"], [b"a", b"b", b"a"]),
    ):
        assert list(Column.from_values(type, values).to_numpy()) == stored
        column, valid = Column.from_values(type, [*values, None]).to_numpy()
        assert isinstance(column, BinaryColumn)
        assert list(column) == [*stored, None]
        assert valid.tolist() == [True] * len(values) + [False]


def test_a_column_of_nulls():
    for type in VALUES:
        column = Column.from_values(type, [None] * 3)
        assert column.to_list() == [*column.take([2, -1]), None] == [None] * 3
        assert column.to_numpy()[1].tolist() == [False] * 3


def test_repr_is_short():
    column = Column.from_values("int64", [*range(100)])
    assert repr(column) == "Column(int64, [0, 1, 2, 3, 4, 5, ...], length=100)"
    assert len(repr(Column.from_values("str", ["x" * 1000] * 100))) < 400


@given(st.lists(st.booleans()), st.data())
def test_bits(values, data):
    values = np.array(values, np.bool_)
    packed = np.packbits(values, bitorder="little")
    start = data.draw(st.integers(0, len(values)))
    length = data.draw(st.integers(0, len(values) - start))
    assert (
        bits.slice_bits(packed, start, length).tolist()
        == np.packbits(values[start : start + length], bitorder="little").tolist()
    )
    assert bits.count_bits(packed, length) == sum(values[:length])
    with pytest.raises(ValueError, match="bits"):
        bits.slice_bits(packed, start, 8 * len(packed) - start + 1)
    with pytest.raises(ValueError, match="bits"):
        bits.count_bits(packed, -1)
