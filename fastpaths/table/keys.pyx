# cython: language_level=3
"""Keys as they come from Python; keys.pxd is its design."""

from cpython.bytes cimport PyBytes_Check
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

from fastpaths.columns.binary cimport BinaryColumn, Span, load_short, place, span_of, value_at
from fastpaths.columns.vector cimport INT64_KIND, STR_KIND
from fastpaths.table.cell cimport Cell, has_views, read_bytes
from fastpaths.table.intrinsics cimport prefetch

from operator import index as as_int

import numpy

cdef extern from "Python.h":
    PyObject **PySequence_Fast_ITEMS(object)
    Py_ssize_t PySequence_Fast_GET_SIZE(object)


cdef str _type_name(Kind kind):
    return "str" if kind == STR_KIND else "bytes"


cdef str _type_of(object found):
    return type(found).__name__


cdef int read_unusual(Kind kind, object key, Py_ssize_t i, Cell *cell) except -1:
    """What read_key leaves: bytes, other integers and strings, and what has to be refused."""
    cdef Span span
    if kind == INT64_KIND:
        if isinstance(key, bool) or not isinstance(key, (int, numpy.integer)):
            raise TypeError(f"{place('key', i)} of an int64 index must be an int, found {_type_of(key)}")
        key = as_int(key)
        if not -2**63 <= key < 2**63:
            raise OverflowError(f"{place('key', i)} must fit in an int64, found an int of {key.bit_length()} bits")
        cell.head = <uint64_t><int64_t>key
        return 0
    if not (PyUnicode_Check(key) if kind == STR_KIND else PyBytes_Check(key)):
        wanted = _type_name(kind)
        raise TypeError(f"{place('key', i)} of a {wanted} index must be {wanted}, found {_type_of(key)}")
    span = span_of(key, "key", i)
    read_bytes(span.data, <int32_t>span.size, cell)
    return 0


cdef object accept_keys(Kind kind, object keys):
    if kind == INT64_KIND:
        return _int64_array(keys)
    if isinstance(keys, (list, tuple, BinaryColumn)):
        return keys
    raise TypeError(
        f"keys of a {_type_name(kind)} index must be a list, a tuple or a BinaryColumn, found {_type_of(keys)}"
    )


cdef int open_keys(object keys, Py_ssize_t n, Keys *many) except -1:
    cdef BinaryColumn column
    cdef const int64_t[::1] numbers
    memset(many, 0, sizeof(Keys))
    if isinstance(keys, BinaryColumn):
        column = keys
        many.n = column.length
        many.views = column.views
        many.data = column.buffers.data
    elif isinstance(keys, (list, tuple)):
        many.n = PySequence_Fast_GET_SIZE(keys)
        many.objects = PySequence_Fast_ITEMS(keys)
    else:
        numbers = keys
        many.n = numbers.shape[0]
        many.numbers = &numbers[0] if many.n > 0 else NULL
    if many.n != n:
        raise RuntimeError(f"keys changed size during the call, from {n} to {many.n}")
    return 0


cdef int keys_of(const Vector *column, Keys *many) noexcept:
    memset(many, 0, sizeof(Keys))
    many.n = column.length
    if has_views(column.kind):
        many.views = <const BinaryView *>column.values
        many.data = column.data
    else:
        many.numbers = <const int64_t *>column.values
    return 0


cdef object _int64_array(object keys):
    """Keys of an int64 index as a contiguous array."""
    if isinstance(keys, numpy.ndarray):
        if keys.ndim != 1 or keys.dtype.kind not in "iu":
            raise TypeError(
                "keys of an int64 index must be integers in one dimension, "
                f"found {keys.ndim} dimensions of {keys.dtype}"
            )
        if keys.dtype.kind == "u":
            outside = numpy.flatnonzero(keys > numpy.iinfo(numpy.int64).max)
            if len(outside):
                read_unusual(INT64_KIND, keys[outside[0]], outside[0], NULL)  # raises
        return numpy.ascontiguousarray(keys, numpy.int64)
    if not isinstance(keys, (list, tuple)):
        raise TypeError(f"keys of an int64 index must be a list, a tuple or a numpy array, found {_type_of(keys)}")
    cdef Py_ssize_t i, n = len(keys)
    cdef Cell cell
    array = numpy.empty(n, numpy.int64)
    cdef int64_t[::1] numbers = array
    for i in range(n):
        # Reading a key may run Python code: the list is asked for its items and its size anew.
        if i + AHEAD < PySequence_Fast_GET_SIZE(keys):
            prefetch(PySequence_Fast_ITEMS(keys)[i + AHEAD])
        read_key(INT64_KIND, keys[i], i, &cell)
        numbers[i] = <int64_t>cell.head
    return array


cdef bint _is_ascii(Span span) noexcept nogil:
    cdef uint64_t bits = 0
    cdef Py_ssize_t i = 0
    while span.size - i > 8:
        bits |= load_short(span.data + i, 8)
        i += 8
    return (bits | load_short(span.data + i, span.size - i)) & 0x8080808080808080ULL == 0


cdef int check_keys(Kind kind, const Keys *many) except -1:
    """Raises for the first key that cannot be inserted."""
    cdef Py_ssize_t i
    cdef Cell cell
    if many.objects != NULL:
        for i in range(many.n):
            read_object(kind, many, i, &cell)
    elif kind == STR_KIND:
        for i in range(many.n):
            _check_utf8(value_at(many.views, i, many.data), i)
    return 0


cdef int _check_utf8(Span span, Py_ssize_t i) except -1:
    if not _is_ascii(span):
        try:
            PyUnicode_DecodeUTF8(<const char *>span.data, span.size, NULL)
        except UnicodeDecodeError as error:
            raise ValueError(f"keys[{i}] of a str index is not valid UTF-8: {error}") from None
    return 0


cdef int read_keys(Kind kind, const Keys *many, Py_ssize_t start, Py_ssize_t n, Cell *cells) except -1:
    cdef Py_ssize_t i
    for i in range(n):
        if many.objects == NULL:
            read_value(many, start + i, &cells[i])
        else:
            read_object(kind, many, start + i, &cells[i])
    return 0
