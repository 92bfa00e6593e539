"""Columns of every type to test with, and Arrow's C structs made by hand: right ones, and wrong ones."""

import ctypes
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import strategies as st

from fastpaths.columns import Columns

TYPES = {
    "i": ("int64", st.integers(-(2**63), 2**63 - 1)),
    "f": ("float64", st.floats(allow_nan=False)),
    "b": ("bool", st.booleans()),
    "s": ("str", st.text(max_size=20)),
    "y": ("bytes", st.binary(max_size=20)),
    "c": ("category", st.text(max_size=1)),
    "t": ("timestamp", st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))),
    "d": ("decimal(2)", st.integers(-(2**63), 2**63 - 1).map(lambda units: Decimal(units).scaleb(-2))),
}
SCHEMA = {name: type for name, (type, _) in TYPES.items()}
records = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, (_, values) in TYPES.items()}), max_size=12
)


@pytest.fixture(scope="session")
def some_columns():
    """A strategy: Columns of every type, sliced or not."""
    return st.builds(
        lambda rows, where: Columns.from_records(rows, SCHEMA)[where],
        records,
        st.just(slice(None)) | st.slices(12),
    )


class Schema(ctypes.Structure):
    pass


class Array(ctypes.Structure):
    pass


Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(Schema))),
    ("dictionary", ctypes.POINTER(Schema)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(Array))),
    ("dictionary", ctypes.POINTER(Array)),
    ("release", ctypes.c_void_p),
    ("private_data", ctypes.c_void_p),
]
RELEASE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
capsule_of = ctypes.pythonapi.PyCapsule_New
capsule_of.restype, capsule_of.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
content_of = ctypes.pythonapi.PyCapsule_GetPointer
content_of.restype, content_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]


@dataclass(eq=False)
class Foreign:
    """An array of another library. buffers: numpy arrays, or None. wrong: fields of its struct, overwritten."""

    format: str
    length: int
    buffers: list
    offset: int = 0
    null_count: int = 0
    children: list = field(default_factory=list)
    dictionary: "Foreign | None" = None
    name: str = ""
    wrong: dict = field(default_factory=dict)
    released: list = field(default_factory=list)  # of the root: what was released

    def schema(self):
        self.c_schema = Schema(self.format.encode(), self.name.encode(), None, 2, len(self.children))
        schemas = [ctypes.pointer(child.schema()) for child in self.children]
        self.c_schema.children = (ctypes.POINTER(Schema) * (len(schemas) or 1))(*schemas)
        if self.dictionary is not None:
            self.c_schema.dictionary = ctypes.pointer(self.dictionary.schema())
        self.release_schema = RELEASE(lambda _: setattr(self.c_schema, "release", None))
        self.c_schema.release = ctypes.cast(self.release_schema, ctypes.c_void_p)
        return self.c_schema

    def array(self):
        self.c_array = Array(self.length, self.null_count, self.offset, len(self.buffers), len(self.children))
        self.kept = [None if buffer is None else np.array(buffer) for buffer in self.buffers]
        addresses = [None if buffer is None else buffer.ctypes.data for buffer in self.kept]
        self.c_array.buffers = (ctypes.c_void_p * (len(addresses) or 1))(*addresses)
        arrays = [ctypes.pointer(child.array()) for child in self.children]
        self.c_array.children = (ctypes.POINTER(Array) * (len(arrays) or 1))(*arrays)
        if self.dictionary is not None:
            self.c_array.dictionary = ctypes.pointer(self.dictionary.array())
        self.release_array = RELEASE(self.on_release)
        self.c_array.release = ctypes.cast(self.release_array, ctypes.c_void_p)
        for name, value in self.wrong.items():
            setattr(self.c_array, name, value)
        return self.c_array

    def on_release(self, address):
        self.released.append(self.format)
        Array.from_address(address).release = None

    def __arrow_c_array__(self, requested_schema=None):
        return (
            capsule_of(ctypes.addressof(self.schema()), b"arrow_schema", None),
            capsule_of(ctypes.addressof(self.array()), b"arrow_array", None),
        )


@pytest.fixture(scope="session")
def foreign():
    return Foreign


@pytest.fixture(scope="session")
def exported():
    """The array's struct in what __arrow_c_array__ gives; the capsule stays its owner."""
    return lambda capsule: Array.from_address(content_of(capsule, b"arrow_array"))
