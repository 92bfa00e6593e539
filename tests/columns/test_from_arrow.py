"""What others export, as columns."""

import weakref
from datetime import UTC, date, datetime
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpaths.columns import Column, Columns, readers

LONG = "a value that is not inlined: ä"


def ints(bits, signed=True):
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else st.integers(0, 2**bits - 1)


TEXTS = st.sampled_from(["", "a", "exactly 12 b", "exactly 13 by", LONG]) | st.text(max_size=15)
BYTES = st.binary(max_size=15)
TIMES = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))
WIDE = ints(64)
ARROW = {  # type of pyarrow: its values, our type
    **{f"int{bits}": (getattr(pa, f"int{bits}")(), ints(bits), "int64") for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (getattr(pa, f"uint{bits}")(), ints(bits, False), "int64") for bits in (8, 16, 32)},
    "uint64": (pa.uint64(), ints(63, False), "int64"),
    "float32": (pa.float32(), st.floats(width=32, allow_nan=False), "float64"),
    "float64": (pa.float64(), st.floats(allow_nan=False), "float64"),
    "bool": (pa.bool_(), st.booleans(), "bool"),
    "utf8": (pa.utf8(), TEXTS, "str"),
    "large_utf8": (pa.large_utf8(), TEXTS, "str"),
    "string_view": (pa.string_view(), TEXTS, "str"),
    "binary": (pa.binary(), BYTES, "bytes"),
    "large_binary": (pa.large_binary(), BYTES, "bytes"),
    "binary_view": (pa.binary_view(), BYTES, "bytes"),
    "fixed size binary": (pa.binary(3), st.binary(min_size=3, max_size=3), "bytes"),
    "empty fixed size binary": (pa.binary(0), st.just(b""), "bytes"),
    "dictionary int8": (pa.dictionary(pa.int8(), pa.utf8()), TEXTS, "category"),
    "dictionary uint32": (pa.dictionary(pa.uint32(), pa.large_utf8()), TEXTS, "category"),
    "dictionary of int": (pa.dictionary(pa.int32(), pa.int16()), ints(16), "int64"),
    "timestamp s": (pa.timestamp("s", "Europe/Paris"), TIMES.map(lambda t: t.replace(microsecond=0)), "timestamp"),
    "timestamp ms": (pa.timestamp("ms"), TIMES.map(lambda t: t.replace(microsecond=7000)), "timestamp"),
    "timestamp us": (pa.timestamp("us", "UTC"), TIMES, "timestamp"),
    "timestamp ns": (pa.timestamp("ns", "Asia/Tokyo"), TIMES, "timestamp"),
    "date32": (pa.date32(), TIMES.map(datetime.date), "timestamp"),
    "date64": (pa.date64(), TIMES.map(datetime.date), "timestamp"),
    "decimal32": (pa.decimal32(9, 2), ints(29).map(lambda n: Decimal(n).scaleb(-2)), "decimal(2)"),
    "decimal64": (pa.decimal64(18, 3), ints(59).map(lambda n: Decimal(n).scaleb(-3)), "decimal(3)"),
    "decimal128": (pa.decimal128(38, 2), WIDE.map(lambda n: Decimal(n).scaleb(-2)), "decimal(2)"),
    "decimal of hundreds": (pa.decimal128(5, -2), ints(10).map(lambda n: Decimal(n) * 100), "decimal(0)"),
    "null": (pa.null(), st.none(), "str"),
}


def ours(value):
    """A value of pyarrow's as a Column has it."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else value


@pytest.mark.parametrize("name", ARROW)
def test_formats_of_pyarrow(name):
    """In chunks, each with nulls before and behind what it shows."""
    arrow, values, type = ARROW[name]

    @settings(max_examples=15, deadline=None)
    @given(st.lists(st.lists(st.none() | values, max_size=20), max_size=3), st.integers(0, 9), st.integers(0, 9))
    def test(chunks, before, behind):
        arrays = [pa.array([None] * before + chunk + [None] * behind, arrow) for chunk in chunks]
        column = pa.chunked_array([array[before : len(array) - behind] for array in arrays], arrow)
        expected = [ours(value) for value in column.to_pylist()]
        assert expected == [ours(value) for chunk in chunks for value in chunk]
        for found in (Column.from_arrow(column), Columns.from_arrow(pa.table({"x": column}))["x"]):
            assert str(found.type) == type
            assert found.to_list() == expected
            assert found.null_count == expected.count(None)
            assert found[1:].to_list() == expected[1:]

    test()


def test_of_our_own(some_columns):
    @settings(max_examples=25, deadline=None)
    @given(some_columns)
    def test(columns):
        expected = columns.to_dicts()
        again = Columns.from_arrow(columns)
        assert again.schema == columns.schema
        assert again.to_dicts() == Columns.from_arrow(again[:]).to_dicts() == expected
        table = pa.table(columns)
        for source in (
            table,
            pa.concat_tables([table, table[:3], table[:0]]),
            pl.DataFrame(columns),
        ):
            assert Columns.from_arrow(source, columns.schema).schema == columns.schema
        assert Columns.from_arrow(pl.DataFrame(columns)).to_dicts() == expected
        twice = pl.concat([pl.DataFrame(columns)] * 2, rechunk=False)
        assert Columns.from_arrow(twice).to_dicts() == expected * 2
        assert Columns.from_arrow(duckdb.sql("SELECT * FROM columns")).to_dicts() == expected
        frame = table.to_pandas(types_mapper=pd.ArrowDtype)
        assert Columns.from_arrow(frame).to_dicts() == expected

    test()


def test_pandas_of_numpy():
    frame = pd.DataFrame(
        {
            "i": [1, 2, None],
            "j": [1, 2, 3],
            "s": ["a", None, LONG],
            "t": np.array(["2026-01-01", "NaT", "2026-01-02T03:04:05.000006"], "M8[ns]"),
            "c": pd.Categorical(["x", None, "x"]),
            "b": [True, False, True],
        }
    )
    columns = Columns.from_arrow(frame[1:], {"i": "int64"})
    assert columns.to_dicts() == [
        {"i": 2, "j": 2, "s": None, "t": None, "c": None, "b": False},
        {"i": None, "j": 3, "s": LONG, "t": datetime(2026, 1, 2, 3, 4, 5, 6, UTC), "c": "x", "b": True},
    ]
    assert {name: str(type) for name, type in columns.schema.items()} == {
        "i": "int64",
        "j": "int64",
        "s": "str",
        "t": "timestamp",
        "c": "category",
        "b": "bool",
    }


def test_duckdb_has_wide_integers():
    columns = Columns.from_arrow(duckdb.sql("SELECT sum(range) AS total FROM range(10)"), {"total": "int64"})
    assert columns.to_dicts() == [{"total": 45}]


def test_types_of_polars():
    frame = pl.DataFrame(
        {
            "e": pl.Series(["a", "b", None], dtype=pl.Enum(["b", "a"])),
            "c": pl.Series(["a", None, "b"], dtype=pl.Categorical),
            "d": [date(2026, 1, 2)] * 3,
            "n": [None] * 3,
        }
    )
    columns = Columns.from_arrow(frame, {"c": "str"})
    assert [str(type) for type in columns.schema.values()] == ["category", "str", "timestamp", "str"]
    assert columns.to_dicts() == [{name: ours(value) for name, value in row.items()} for row in frame.to_dicts()]


def test_no_copy():
    table = pa.table(
        {
            "i": pa.array(range(100)),
            "f": pa.array([0.5] * 100),
            "t": pa.array(range(100), pa.timestamp("us", "UTC")),
            "b": pa.array([True] * 100),
            "s": pa.array([LONG] * 100, pa.string_view()),
            "u": pa.array([LONG] * 100),
            "n": pa.array([1, None] * 50),
        }
    )
    columns = Columns.from_arrow(table)
    for part, start in ((columns, 0), (Columns.from_arrow(table[8:]), 8)):
        for name in "iftn":
            address = table[name].chunk(0).buffers()[1].address
            assert part[name].values.ctypes.data == address + 8 * start
        assert part["b"].values.ctypes.data == table["b"].chunk(0).buffers()[1].address + start // 8
        assert part["n"].validity.ctypes.data == table["n"].chunk(0).buffers()[0].address + start // 8
        buffers = [pa.py_buffer(buffer) for buffer in part["s"].values._arrow_buffers()[1][1:3]]
        assert buffers[0].address == table["s"].chunk(0).buffers()[1].address + 16 * start
        assert buffers[1].address == table["s"].chunk(0).buffers()[2].address
        data = pa.py_buffer(part["u"].values._arrow_buffers()[1][2])
        assert data.address == table["u"].chunk(0).buffers()[2].address


def test_borrowed_memory_is_given_back(foreign):
    data = foreign("l", 3, [None, np.arange(3)], name="x")
    table = foreign("+s", 3, [None], children=[data])
    column = Columns.from_arrow(table)["x"]
    part = column[1:]
    del column
    assert (data.released, table.released) == ([], [])
    assert part.to_list() == [1, 2]
    reference = weakref.ref(part.values)
    del part
    assert reference() is None
    assert table.released == ["+s"]  # its children are for it to release


def test_a_schema_says_other_types():
    table = pa.table({"a": ["x", None], "b": [b"1", b"2"], "c": [1, 2], "d": pa.array(["p", "q"]).dictionary_encode()})
    columns = Columns.from_arrow(table, {"a": "category", "b": "str", "c": "decimal(2)", "d": "bytes"})
    assert columns.to_dicts() == [
        {"a": "x", "b": "1", "c": Decimal(1), "d": b"p"},
        {"a": None, "b": "2", "c": Decimal(2), "d": b"q"},
    ]
    assert str(Column.from_arrow(table["c"], "float64").type) == "float64"
    with pytest.raises(ValueError, match="there is no column 'z'; the columns are a, b, c, d"):
        Columns.from_arrow(table, {"z": "str"})


def test_dictionaries_are_made_distinct():
    """Of values that occur twice, and null ones; of chunks with dictionaries of their own."""
    dictionary = pa.DictionaryArray.from_arrays
    chunks = [
        dictionary(pa.array([0, 1, 2, 3, None]), pa.array(["a", "b", "a", None])),
        dictionary(pa.array([1, 0, None]), pa.array(["c", "b"])),
        dictionary(pa.array([None], pa.int64()), pa.array([], pa.utf8())),
    ]
    column = Column.from_arrow(pa.chunked_array(chunks))
    assert column.to_list() == ["a", "b", "a", None, None, "b", "c", None, None]
    assert column.null_count == 4
    assert sorted(column.categories) == [b"a", b"b", b"c"]
    assert column.values[[3, 4, 7, 8]].tolist() == [0] * 4


def test_text_of_more_than_one_data_buffer(monkeypatch):
    monkeypatch.setattr(readers, "MAX_BYTES", 40)
    values = [LONG, None, "", LONG[1:], "a", LONG[2:], None, LONG[:-1]]
    for arrow in (pa.large_utf8(), pa.utf8()):
        column = Column.from_arrow(pa.array(values, arrow))
        assert column.to_list() == values
        assert len(column.values._data()) == 4
    with pytest.raises(ValueError, match="expected values of at most 40 bytes, found one of 41"):
        Column.from_arrow(pa.array([LONG, "x" * 41]))


def test_values_that_do_not_fit():
    for arrays, error, message in (
        ([pa.array([1], pa.uint64()), pa.array([1, 2**63], pa.uint64())], OverflowError, "row 2: expected an int64"),
        ([pa.array([Decimal(2**63)])], OverflowError, r"row 0: expected decimal\(0\), in 64 bits"),
        ([pa.array([Decimal(-(2**63) - 1)])], OverflowError, r"row 0: expected decimal\(0\), in 64 bits"),
        ([pa.array([Decimal(10**19)], pa.decimal128(38, -2))], OverflowError, "row 0: .*in 64 bits"),
        (
            [pa.array([0, 1001], pa.timestamp("ns"))],
            ValueError,
            "row 1: expected nanoseconds that are whole microseconds",
        ),
        ([pa.array([2**62], pa.timestamp("s"))], OverflowError, "row 0: expected timestamp, in 64 bits"),
    ):
        table = pa.table({"x": pa.chunked_array(arrays)})
        with pytest.raises(error, match=f"^column 'x', {message}, found "):
            Columns.from_arrow(table)
    for type in (pa.uint64(), pa.decimal128(38)):  # under a null there may be anything
        array = pa.Array.from_buffers(type, 1, [pa.py_buffer(b"\0"), pa.py_buffer(b"\xfe" * 16)])
        assert Column.from_arrow(array).to_list() == [None]


def test_what_is_no_column():
    for array in ([[1]], [{"a": 1}], pa.array([1], pa.duration("s")), pa.array([Decimal(1)], pa.decimal256(50, 1))):
        with pytest.raises(TypeError, match="column 'x': expected an Arrow type that a column can have, found format"):
            Columns.from_arrow(pa.table({"x": array}))
    with pytest.raises(TypeError, match=r"expected Arrow data: .*, found list"):
        Columns.from_arrow([1])
    with pytest.raises(TypeError, match="expected a table, which is an Arrow struct, found format 'l'"):
        Columns.from_arrow(pa.array([1]))
    with pytest.raises(ValueError, match="two of the name 'x'"):
        Columns.from_arrow(pa.table([[1], [2]], names=["x", "x"]))
    with pytest.raises(ValueError, match="structs that are null"):
        Columns.from_arrow(pa.array([{"x": 1}, None]))
    with pytest.raises(ValueError, match="column 'x', row 1: expected UTF-8"):
        Columns.from_arrow(pa.table({"x": [b"a", b"\xff"]}), {"x": "str"})


def test_nothing_at_all():
    assert Columns.from_arrow(pa.table({})).to_dicts() == []
    empty = Columns.from_arrow(pa.schema({"a": pa.int8(), "c": pa.dictionary(pa.int8(), pa.utf8())}).empty_table())
    assert [str(type) for type in empty.schema.values()] == ["int64", "category"]
