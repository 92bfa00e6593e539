# cython: language_level=3
"""Values of a store at given rows; take.pxd is the design."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memset

from fastpaths.columns.binary cimport BinaryView, wrap_column
from fastpaths.columns.bits cimport bit, bytes_of_bits
from fastpaths.columns.vector cimport BOOL_KIND, CATEGORY_KIND, Vector
from fastpaths.table.cell cimport has_views
from fastpaths.table.store cimport nbytes_of_rows, store_vector

import numpy

from fastpaths.columns.column import Column

ctypedef fused word:
    uint64_t
    int32_t
    BinaryView


cdef object rows_present(const int64_t *rows, Py_ssize_t n, Py_ssize_t length, bint shared):
    return _taken_bits(NULL, length, rows, n, shared)


cdef object take_rows(TableColumn column, const int64_t *rows, Py_ssize_t n, object present, bint shared):
    cdef Vector vector = store_vector(column.store)
    cdef object values = PyBytes_FromStringAndSize(NULL, nbytes_of_rows(column.store, n))
    cdef void *taken = PyBytes_AS_STRING(values)
    if shared:
        with nogil:
            _take(&vector, rows, n, taken)
    else:
        _take(&vector, rows, n, taken)
    if vector.validity != NULL:
        present = _taken_bits(vector.validity, vector.length, rows, n, shared)
    if has_views(vector.kind):
        return Column(column.type, n, wrap_column(n, values, column.buffers(), present))
    categories = None if column.dictionary is None else column.categories()
    return Column(column.type, n, numpy.frombuffer(values, column.dtype), present, categories)


cdef object _taken_bits(
    const unsigned char *bits, Py_ssize_t length, const int64_t *rows, Py_ssize_t n, bint shared
):
    """None if all are set."""
    cdef object result = PyBytes_FromStringAndSize(NULL, bytes_of_bits(n))
    cdef unsigned char *taken = <unsigned char *>PyBytes_AS_STRING(result)
    cdef Py_ssize_t ones
    if shared:
        with nogil:
            ones = _take_bits(bits, length, rows, n, taken)
    else:
        ones = _take_bits(bits, length, rows, n, taken)
    return None if ones == n else numpy.frombuffer(result, numpy.uint8)


cdef void _take(const Vector *vector, const int64_t *rows, Py_ssize_t n, void *values) noexcept nogil:
    if vector.kind == BOOL_KIND:
        _take_bits(<const unsigned char *>vector.values, vector.length, rows, n, <unsigned char *>values)
    elif vector.kind == CATEGORY_KIND:
        _take_words(<const int32_t *>vector.values, vector.length, rows, n, <int32_t *>values)
    elif has_views(vector.kind):
        _take_words(<const BinaryView *>vector.values, vector.length, rows, n, <BinaryView *>values)
    else:
        _take_words(<const uint64_t *>vector.values, vector.length, rows, n, <uint64_t *>values)


cdef void _take_words(
    const word *values, Py_ssize_t length, const int64_t *rows, Py_ssize_t n, word *taken
) noexcept nogil:
    cdef Py_ssize_t i
    cdef uint64_t row
    for i in range(n):
        row = <uint64_t>rows[i]
        if row < <uint64_t>length:
            taken[i] = values[row]
        else:
            memset(&taken[i], 0, sizeof(word))


cdef Py_ssize_t _take_bits(
    const unsigned char *bits, Py_ssize_t length, const int64_t *rows, Py_ssize_t n, unsigned char *taken
) noexcept nogil:
    """How many of them are set; without bits all rows are."""
    cdef Py_ssize_t i, ones = 0
    cdef uint64_t row
    cdef unsigned char byte = 0, one
    for i in range(n):
        row = <uint64_t>rows[i]
        one = row < <uint64_t>length and (bits == NULL or bit(bits, <Py_ssize_t>row))
        ones += one
        byte |= one << (i & 7)
        if i & 7 == 7 or i == n - 1:
            taken[i >> 3] = byte
            byte = 0
    return ones
