# cython: language_level=3
"""Columns built from Python objects; builders.pxd is the design."""

cimport cython
from cpython.dict cimport PyDict_Next, PyDict_Size
from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t

from fastpaths.columns.binary cimport BinaryBuilder, BinaryColumn
from fastpaths.columns.bits cimport bytes_of_bits, set_bit
from fastpaths.columns.scalars cimport (
    bool_of, bytes_of, decimal_of, float64_of, int64_of, text_of, timestamp_of,
)
from fastpaths.columns.vector cimport (
    BOOL_KIND, BYTES_KIND, CATEGORY_KIND, DECIMAL_KIND, FLOAT64_KIND, INT64_KIND, STR_KIND, TIMESTAMP_KIND,
)

from sys import intern

import numpy

from fastpaths.columns.column import Column
from fastpaths.columns.errors import located, no_column
from fastpaths.columns.types import KINDS

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, object) except? NULL
    object PyUnicode_FromObject(object)

cdef dict DTYPES = {  # of the values of a fixed width
    INT64_KIND: numpy.dtype(numpy.int64),
    FLOAT64_KIND: numpy.dtype(numpy.float64),
    BOOL_KIND: numpy.dtype(numpy.uint8),
    CATEGORY_KIND: numpy.dtype(numpy.int32),
    TIMESTAMP_KIND: numpy.dtype(numpy.int64),
    DECIMAL_KIND: numpy.dtype(numpy.int64),
}


cdef Py_ssize_t _nbytes(Builder builder, Py_ssize_t n):
    """Of n values of a fixed width."""
    return bytes_of_bits(n) if builder.kind == BOOL_KIND else n * <Py_ssize_t>DTYPES[builder.kind].itemsize


@cython.final
cdef class Builder:

    def __cinit__(self, type, Py_ssize_t capacity, str name):
        cdef unsigned char[::1] memory
        self.type = type
        self.kind = KINDS.index(type.kind)
        self.scale = type.scale
        self.name = None if name is None else intern(name)
        self.capacity = capacity
        if self.kind == STR_KIND or self.kind == BYTES_KIND:
            self.binary = BinaryBuilder(capacity)
            return
        if self.kind == CATEGORY_KIND:
            self.categories = {}
        memory = self.memory = numpy.zeros(_nbytes(self, capacity), numpy.uint8)
        self.values = &memory[0] if capacity > 0 else NULL

    cdef int append(self, object value) except -1:
        cdef Py_ssize_t i = self.length
        if value is None:
            return self.append_null()
        if self.kind == INT64_KIND:
            (<int64_t *>self.values)[i] = int64_of(value)
        elif self.kind == STR_KIND:
            self.binary.append(text_of(value))
        elif self.kind == CATEGORY_KIND:
            (<int32_t *>self.values)[i] = _number_of(self, value)
        elif self.kind == FLOAT64_KIND:
            (<double *>self.values)[i] = float64_of(value)
        elif self.kind == DECIMAL_KIND:
            (<int64_t *>self.values)[i] = decimal_of(value, self.scale)
        elif self.kind == TIMESTAMP_KIND:
            (<int64_t *>self.values)[i] = timestamp_of(value)
        elif self.kind == BOOL_KIND:
            set_bit(<unsigned char *>self.values, i, bool_of(value))
        else:
            self.binary.append(bytes_of(value))
        self.length += 1
        return 0

    cdef int append_null(self) except -1:
        if self.binary is not None:
            self.binary.append_null()
        else:
            if self.bits is None:
                self.bits = bytearray(b"\xff" * bytes_of_bits(self.capacity))
            set_bit(self.bits, self.length, False)
        self.length += 1
        return 0

    cdef object refusal(self, object error):
        return located(error, self.name, self.length)

    cdef object finish(self):
        if self.binary is not None:
            return Column(self.type, self.length, self.binary.finish())
        self.memory.flags.writeable = False
        values = self.memory[:_nbytes(self, self.length)].view(DTYPES[self.kind])
        validity = None if self.bits is None else numpy.frombuffer(bytes(self.bits), numpy.uint8)
        categories = None if self.categories is None else BinaryColumn.from_values(self.categories)
        return Column(self.type, self.length, values, validity, categories)


cdef int32_t _number_of(Builder builder, object value) except -1:
    """Of a category."""
    cdef PyObject *number
    if isinstance(value, str):
        value = PyUnicode_FromObject(value)  # of a subclass, which may compare as it likes
        number = PyDict_GetItemWithError(builder.categories, value)
        if number != NULL:
            return <int32_t><object>number
    text_of(value)  # refuses what is none
    builder.categories[value] = len(builder.categories)
    return <int32_t>(len(builder.categories) - 1)


cdef int append_record(list builders, object record, Py_ssize_t row) except -1:
    cdef Py_ssize_t found = 0, position = 0
    cdef PyObject *key = NULL
    cdef PyObject *value = NULL
    cdef Builder builder = None
    cdef bint in_order = True
    if not isinstance(record, dict):
        raise TypeError(f"row {row}: expected a dict, found {type(record).__name__}")
    try:
        for builder in builders:
            # Most records have the columns' fields in their order, by the same interned names: reading on costs a third
            # of looking up.
            in_order = in_order and PyDict_Next(record, &position, &key, &value) and key == <PyObject *>builder.name
            if not in_order:
                value = PyDict_GetItemWithError(record, builder.name)
            if value == NULL:
                builder.append_null()
            else:
                found += 1
                builder.append(<object>value)
    except (TypeError, ValueError, OverflowError) as error:
        raise builder.refusal(error) from None
    if found != PyDict_Size(record):
        _refuse_unknown(builders, record, row)
    return 0


cdef int _refuse_unknown(list builders, object record, Py_ssize_t row) except -1:
    cdef Builder builder
    cdef list names = []
    for builder in builders:
        names.append(builder.name)
    unknown = [name for name in record if name not in names]
    raise ValueError(f"row {row}: {no_column(unknown[0], names)}")


def build_column(type, list values not None, str name):
    """A column of the values."""
    cdef Py_ssize_t i, n = len(values)  # and no more, if reading a value makes the list grow
    cdef Builder builder = Builder(type, n, name)
    try:
        for i in range(n):
            builder.append(values[i])
    except (TypeError, ValueError, OverflowError) as error:
        raise builder.refusal(error) from None
    return builder.finish()


def build_columns(dict schema not None, list records not None):
    """A column for each name in the schema, of the records' fields of that name."""
    cdef Py_ssize_t i, n = len(records)
    cdef list builders = [Builder(type, n, name) for name, type in schema.items()]
    for i in range(n):
        append_record(builders, records[i], i)
    return _finish(builders)


def build_decoded(dict schema not None, BinaryColumn values not None, decode not None, refuse not None):
    """A column for each name in the schema, of fields of what decode(value) returns: the attributes field0, field1, ….
    A null value gives nulls. refuse(row, error) raises for a value that cannot be decoded."""
    cdef Py_ssize_t row
    cdef Builder builder = None
    cdef list builders = [Builder(type, values.length, name) for name, type in schema.items()]
    cdef tuple fields = tuple([f"field{i}" for i in range(len(builders))])
    for row in range(values.length):
        value = values.value(row)
        if value is None:
            for builder in builders:
                builder.append_null()
            continue
        try:
            decoded = decode(value)
        except Exception as error:
            refuse(row, error)
            raise
        _append_fields(builders, fields, decoded)
    return _finish(builders)


cdef int _append_fields(list builders, tuple fields, object decoded) except -1:
    cdef Py_ssize_t i
    cdef Builder builder = None
    try:
        for i in range(len(builders)):
            builder = builders[i]
            builder.append(getattr(decoded, fields[i]))
    except (TypeError, ValueError, OverflowError) as error:
        raise builder.refusal(error) from None
    return 0


cdef dict _finish(list builders):
    cdef Builder builder
    cdef dict columns = {}
    for builder in builders:
        columns[builder.name] = builder.finish()
    return columns
