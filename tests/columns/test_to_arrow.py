"""What we export, as others read it; whose memory it is, and for how long."""

import ctypes
import threading
import weakref

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings

from fastpaths.columns import BinaryColumn, Column, Columns
from fastpaths.columns.arrow_out import array_capsule, stream_capsule
from fastpaths.columns.layout import Array, Field

RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
LONG = b"a value that is not inlined"


@pytest.fixture(scope="module")
def columns():
    return Columns(
        {
            "i": np.arange(10),
            "f": np.arange(10) / 2,
            "s": BinaryColumn.from_values([LONG, None] * 5),
            "t": np.arange(10).astype("M8[us]"),
            "b": np.arange(10) > 4,
            "c": Column.from_values("category", ["x", None, "y", "x", "y"] * 2),
            "n": [None, 1] * 5,
        },
        {"s": "str"},
    )


def test_others_read_it(some_columns):
    @settings(max_examples=25, deadline=None)
    @given(some_columns)
    def test(columns):
        expected = columns.to_dicts()
        table = pa.table(columns)
        table.validate(full=True)
        assert table.to_pylist() == expected
        assert pa.record_batch(columns).to_pylist() == expected
        assert pl.DataFrame(columns).to_dicts() == expected
        assert duckdb.sql("SELECT * FROM columns").fetchall() == [tuple(row.values()) for row in expected]
        frame = pa.Table.from_pylist(expected, table.schema).to_pandas()
        pd.testing.assert_frame_equal(pd.DataFrame.from_arrow(columns), frame, check_categorical=False)

    test()


def test_others_see_these_types():
    types = ["int64", "float64", "bool", "str", "bytes", "category", "timestamp", "decimal(2)"]
    columns = Columns.from_records([], dict(zip("ifbsyctd", types, strict=True)))
    assert pa.schema(columns) == pa.schema(
        {
            "i": pa.int64(),
            "f": pa.float64(),
            "b": pa.bool_(),
            "s": pa.string_view(),
            "y": pa.binary_view(),
            "c": pa.dictionary(pa.int32(), pa.string()),
            "t": pa.timestamp("us", "UTC"),
            "d": pa.decimal128(19, 2),
        }
    )
    for name in columns:
        assert pa.array(columns[name]).type == pa.schema(columns).field(name).type
        assert pa.field(columns[name]).type == pa.schema(columns).field(name).type


def test_single_columns(columns):
    for part in (columns, columns[3:], columns[3:4]):
        for name in part:
            assert pa.array(part[name]).to_pylist() == pl.Series(part[name]).to_list() == part[name].to_list()
    values = columns["s"].values[3:]
    assert pa.array(values).to_pylist() == list(values)
    assert pa.array(values).type == pa.binary_view()


def test_no_copy(columns):
    """Whole, and of slices, whose bits alone are shifted."""
    views = columns["s"].values._arrow_buffers()[1]
    table = pa.table(columns)
    for part, start in ((table, 0), (pa.table(columns[2:]), 2)):
        for name, width in (("i", 8), ("f", 8), ("t", 8), ("c", 4), ("n", 8)):
            address = part[name].chunk(0).buffers()[1].address + part[name].chunk(0).offset * width
            assert address == columns[name].values.ctypes.data + start * width
        buffers = part["s"].chunk(0).buffers()
        assert buffers[1].address == np.frombuffer(views[1], np.uint8).ctypes.data
        assert buffers[2].address == np.frombuffer(views[2], np.uint8).ctypes.data
        assert part["s"].chunk(0).offset == start
    assert table["b"].chunk(0).buffers()[1].address == columns["b"].values.ctypes.data
    assert table["n"].chunk(0).buffers()[0].address == columns["n"].validity.ctypes.data


def test_many_data_buffers():
    first, second = bytearray(LONG * 2), bytearray(LONG[::-1] * 2)
    offsets = np.array([0, len(LONG), 2 * len(LONG)])
    parts = [Columns({"x": BinaryColumn.from_offsets(data, offsets)}) for data in (first, second)]
    both = Columns.from_arrow(pa.concat_tables(map(pa.table, parts)))
    array = pa.array(both["x"])
    array.validate(full=True)
    assert array.to_pylist() == [LONG, LONG, LONG[::-1], LONG[::-1]]
    addresses = [np.frombuffer(data, np.uint8).ctypes.data for data in (first, second)]
    assert [buffer.address for buffer in array.buffers()[2:]] == addresses


def test_an_export_outlives_its_source():
    values, data = np.arange(1000), np.frombuffer(LONG * 100, np.uint8).copy()
    gone = [weakref.ref(values), weakref.ref(data)]
    text = BinaryColumn.from_offsets(data, np.arange(101) * len(LONG))
    tables = [pa.table(Columns({"x": values})), pa.table(Columns({"x": text})[50:])]
    frame = pl.DataFrame(Columns({"x": values}))
    del values, data, text
    assert all(reference() is not None for reference in gone)
    assert tables[0]["x"].to_pylist() == frame["x"].to_list() == list(range(1000))
    assert tables[1]["x"].to_pylist() == [LONG] * 50
    del tables, frame
    assert all(reference() is None for reference in gone)


def test_what_nobody_takes_is_released():
    values = np.arange(1000)
    gone = weakref.ref(values)
    for method in ("__arrow_c_schema__", "__arrow_c_array__", "__arrow_c_stream__"):
        getattr(Columns({"x": values, "y": values}), method)()
    del values
    assert gone() is None


def move(array):
    """A consumer's own copy of a struct."""
    moved = type(array).from_buffer_copy(array)
    array.release = None
    return moved


def release(array):
    """On another thread, which has no GIL and no Python state of its own when it calls."""
    thread = threading.Thread(target=RELEASE(array.release), args=(ctypes.addressof(array),))
    thread.start()
    thread.join()
    assert array.release is None


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]])
def test_parts_are_released_each_for_itself(exported, order):
    """Two children are moved out of a struct; what is left and they are released in any order."""
    arrays = [np.arange(10) + i for i in range(3)]
    gone = [weakref.ref(array) for array in arrays]
    _, capsule = Columns({"x": arrays[0], "y": arrays[1], "z": arrays[2]}).__arrow_c_array__()
    parent = move(exported(capsule))
    parts = [parent, move(parent.children[1].contents), move(parent.children[2].contents)]
    del arrays, capsule
    for part in order:
        assert gone[part]() is not None
        if part > 0:
            address = parts[part].buffers[1]
            assert list((ctypes.c_int64 * 10).from_address(address)) == list(range(part, part + 10))
        release(parts[part])
        assert gone[part]() is None


def test_a_dictionary_may_be_moved(exported):
    _, capsule = Column.from_values("category", ["x", "yy", "x"]).__arrow_c_array__()
    codes = move(exported(capsule))
    categories = move(codes.dictionary.contents)
    release(codes)
    assert ctypes.string_at(categories.buffers[2], 3) == b"xyy"
    release(categories)


def test_a_stream_tells_its_errors():
    class Source:
        def __init__(self, error):
            self.error = error

        def __arrow_c_stream__(self, requested_schema=None):
            return stream_capsule(Field("+s", children=[Field("l", "x")]), self.arrays())

        def arrays(self):
            yield Array(2, (None,), children=[Array(2, (None, np.arange(2)))])
            raise self.error

    for error in (ValueError("no ümlaut"), MemoryError("no room"), RuntimeError("no idea")):
        with pytest.raises((OSError, pa.ArrowException, MemoryError), match=f"{type(error).__name__}: {error}"):
            pa.table(Source(error))
        with pytest.raises(OSError, match=f"the producer of an Arrow stream failed: {type(error).__name__}: {error}"):
            Columns.from_arrow(Source(error))


def test_what_cannot_be_exported():
    with pytest.raises(ValueError, match=r"the name 'a\\x00b' holds a NUL"):
        pa.table(Columns({"a\0b": [1]}))
    with pytest.raises(BufferError, match="contiguous"):
        array_capsule(Array(2, (None, np.arange(4)[::2])))
    with pytest.raises(TypeError):
        array_capsule(Array(2, (None, 7)))
    with pytest.raises(BufferError, match="contiguous"):
        array_capsule(Array(2, (None,), children=[Array(2, (None, part)) for part in (b"fine", np.arange(4)[::2])]))
