# cython: language_level=3
"""Keys as they come from Python; keys.pxd is its design."""

from cpython.bytes cimport PyBytes_Check
from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

from fastpaths.columns.binary cimport BinaryColumn, BinaryView, Span, is_null, place, span_of, value_at
from fastpaths.columns.scalars cimport timestamp_of
from fastpaths.columns.text cimport utf8_error
from fastpaths.columns.vector cimport (
    INT64_KIND, STR_KIND, TIMESTAMP_KIND, ColumnVector, Kind, Vector, vector_of,
)
from fastpaths.table.cell cimport Cell, has_views, read_bytes
from fastpaths.columns.intrinsics cimport prefetch

from operator import index as as_int

import numpy

from fastpaths.columns.column import Column
from fastpaths.columns.convert import as_column
from fastpaths.columns.types import KINDS

cdef extern from "Python.h":
    PyObject **PySequence_Fast_ITEMS(object)
    Py_ssize_t PySequence_Fast_GET_SIZE(object)

cdef tuple INDEX = tuple([f"a{'n' if kind == 'int64' else ''} {kind} index" for kind in KINDS])  # as errors call it
cdef list COLUMNS = [("str", "bytes", "category") if kind == "str" else (kind,) for kind in KINDS]  # keys it takes


cdef str _found(object value):
    return f"found {type(value).__name__}"


cdef int read_unusual(Kind kind, object key, Py_ssize_t i, Cell *cell) except -1:
    """What read_key leaves: bytes, other integers and strings, datetimes, and what has to be refused."""
    cdef str wanted = KINDS[<int>kind]
    cdef Span span
    if kind == TIMESTAMP_KIND:
        try:
            cell.head = <uint64_t>timestamp_of(key)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{place('key', i)} of a timestamp index: {error}") from None
        return 0
    if kind == INT64_KIND:
        if isinstance(key, bool) or not isinstance(key, (int, numpy.integer)):
            raise TypeError(f"{place('key', i)} of an int64 index must be an int, {_found(key)}")
        key = as_int(key)
        if not -2**63 <= key < 2**63:
            raise OverflowError(f"{place('key', i)} must fit in an int64, found an int of {key.bit_length()} bits")
        cell.head = <uint64_t><int64_t>key
        return 0
    if not (PyUnicode_Check(key) if kind == STR_KIND else PyBytes_Check(key)):
        raise TypeError(f"{place('key', i)} of a {wanted} index must be {wanted}, {_found(key)}")
    span = span_of(key, "key", i)
    read_bytes(span.data, <int32_t>span.size, cell)
    return 0


cdef object accept_keys(Kind kind, object keys):
    if has_views(kind):
        if isinstance(keys, (list, tuple, BinaryColumn)):
            return keys
    elif isinstance(keys, (list, tuple)):
        return _numbers(kind, keys)
    elif isinstance(keys, numpy.ndarray):
        return _array_of_numbers(kind, keys)
    if hasattr(keys, "__arrow_c_stream__") or hasattr(keys, "__arrow_c_array__"):
        column = keys if isinstance(keys, Column) else Column.from_arrow(keys)
        if column.type.kind in COLUMNS[<int>kind]:
            return column.as_binary() if has_views(kind) else vector_of(column)
        raise TypeError(f"keys of {INDEX[<int>kind]} must be of type {KINDS[<int>kind]}, found {column.type}")
    array = "a BinaryColumn" if has_views(kind) else "a numpy array"
    raise TypeError(f"keys of {INDEX[<int>kind]} must be a list, a tuple, {array}, a Column or Arrow, {_found(keys)}")


cdef Py_ssize_t count_keys(object keys) except -1:
    return (<ColumnVector>keys).vector.length if isinstance(keys, ColumnVector) else len(keys)


cdef int open_keys(object keys, Py_ssize_t n, Keys *many) except -1:
    cdef BinaryColumn column
    cdef const int64_t[::1] numbers
    memset(many, 0, sizeof(Keys))
    if isinstance(keys, BinaryColumn):
        column = keys
        many.n = column.length
        many.views = column.views
        many.data = column.buffers.data
        many.validity = column.validity
        many.first_bit = column.first_bit
    elif isinstance(keys, (list, tuple)):
        many.n = PySequence_Fast_GET_SIZE(keys)
        many.objects = PySequence_Fast_ITEMS(keys)
    elif isinstance(keys, ColumnVector):
        keys_of(&(<ColumnVector>keys).vector, many)
    else:
        numbers = keys
        many.n = numbers.shape[0]
        many.numbers = &numbers[0] if many.n > 0 else NULL
    if many.n != n:
        raise RuntimeError(f"keys changed size during the call, from {n} to {many.n}")
    return 0


cdef void keys_of(const Vector *column, Keys *many) noexcept:
    memset(many, 0, sizeof(Keys))
    many.n = column.length
    many.validity = column.validity
    if has_views(column.kind):
        many.views = <const BinaryView *>column.values
        many.data = column.data
    else:
        many.numbers = <const int64_t *>column.values


cdef object _array_of_numbers(Kind kind, object keys):
    cdef bint timestamps = kind == TIMESTAMP_KIND
    if keys.ndim != 1 or keys.dtype.kind not in ("M" if timestamps else "iu"):
        raise TypeError(
            f"keys of {INDEX[<int>kind]} must be {'datetime64' if timestamps else 'integers'} in one dimension, "
            f"found {keys.ndim} dimensions of {keys.dtype}"
        )
    if timestamps:
        return vector_of(as_column(keys, None, "keys"))
    if keys.dtype.kind == "u":
        outside = numpy.flatnonzero(keys > numpy.iinfo(numpy.int64).max)
        if len(outside):
            read_unusual(kind, keys[outside[0]], outside[0], NULL)  # raises
    return numpy.ascontiguousarray(keys, numpy.int64)


cdef object _numbers(Kind kind, object keys):
    cdef Py_ssize_t i, n = len(keys)
    cdef Cell cell
    array = numpy.empty(n, numpy.int64)
    cdef int64_t[::1] numbers = array
    for i in range(n):
        # Reading a key may run Python code: the list is asked for its items and its size anew.
        if i + AHEAD < PySequence_Fast_GET_SIZE(keys):
            prefetch(PySequence_Fast_ITEMS(keys)[i + AHEAD])
        read_key(kind, keys[i], i, &cell)
        numbers[i] = <int64_t>cell.head
    return array


cdef void lose_nulls(const Keys *many, int64_t *rows) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(many.n if many.validity != NULL else 0):
        if is_null(many.validity, many.first_bit, i):
            rows[i] = -1


cdef int check_keys(Kind kind, const Keys *many) except -1:
    """Raises for the first key that cannot be inserted."""
    cdef Py_ssize_t i
    cdef Cell cell
    for i in range(many.n if many.validity != NULL else 0):
        if is_null(many.validity, many.first_bit, i):
            raise ValueError(f"keys[{i}] is null")
    if many.objects != NULL:
        for i in range(many.n):
            read_object(kind, many, i, &cell)
    elif kind == STR_KIND:
        for i in range(many.n):
            error = utf8_error(value_at(many.views, i, many.data))
            if error is not None:
                raise ValueError(f"keys[{i}] of a str index is not valid UTF-8: {error}")
    return 0


cdef int read_keys(Kind kind, const Keys *many, Py_ssize_t start, Py_ssize_t n, Cell *cells) except -1:
    cdef Py_ssize_t i
    for i in range(n):
        if many.objects == NULL:
            read_value(many, start + i, &cells[i])
        else:
            read_object(kind, many, start + i, &cells[i])
    return 0
