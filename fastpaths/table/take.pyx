# cython: language_level=3
"""Values of a store at given rows; take.pxd is the design."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint64_t

from fastpaths.columns.binary cimport BinaryColumn, BinaryView, new_column, set_validity
from fastpaths.columns.bits cimport bit, bytes_of_bits
from fastpaths.columns.vector cimport BOOL_KIND, CATEGORY_KIND, Vector
from fastpaths.table.cell cimport has_views
from fastpaths.table.key_index cimport KeyIndex
from fastpaths.table.store cimport nbytes_of_rows, store_vector
from fastpaths.table.table_column cimport TableColumn

import numpy

from fastpaths.columns.column import Column

cdef enum:
    GIL_FREE = 16384  # rows: fewer are taken sooner than the GIL is handed over and taken back

cdef BinaryView NOTHING  # zeros, as C begins a global

ctypedef fused word:
    uint64_t
    int32_t
    BinaryView


cdef dict take_columns(KeyIndex keys, const int64_t[::1] numbers, tuple columns):
    cdef Py_ssize_t n = numbers.shape[0]
    cdef const int64_t *rows = &numbers[0] if n > 0 else NULL
    cdef bint shared = n >= GIL_FREE and keys.lock.waiting == 0
    cdef TableColumn column
    cdef dict taken = {}
    present = _taken_bits(NULL, keys.store.length, rows, n, shared)
    for column in columns:
        taken[column.name] = _take_column(column, rows, n, present, shared)
    return taken


cdef object _take_column(TableColumn column, const int64_t *rows, Py_ssize_t n, object present, bint shared):
    cdef Vector vector = store_vector(column.store)
    cdef BinaryColumn views
    cdef object numbers
    if vector.validity != NULL:
        present = _taken_bits(vector.validity, vector.length, rows, n, shared)
    if has_views(vector.kind):
        views = new_column(n, column.buffers())
        _take(&vector, rows, n, views.views, shared)
        if present is not None:
            set_validity(views, present)
        return Column(column.type, n, views)
    numbers = PyBytes_FromStringAndSize(NULL, nbytes_of_rows(column.store, n))
    _take(&vector, rows, n, PyBytes_AS_STRING(numbers), shared)
    categories = None if column.dictionary is None else column.categories()
    return Column(column.type, n, numpy.frombuffer(numbers, column.dtype), present, categories)


cdef object _taken_bits(
    const unsigned char *bits, Py_ssize_t length, const int64_t *rows, Py_ssize_t n, bint shared
):
    """None if all are set."""
    cdef object result = PyBytes_FromStringAndSize(NULL, bytes_of_bits(n))
    cdef unsigned char *taken = <unsigned char *>PyBytes_AS_STRING(result)
    cdef bint all_set
    if shared:
        with nogil:
            all_set = _take_bits(bits, length, rows, n, taken)
    else:
        all_set = _take_bits(bits, length, rows, n, taken)
    return None if all_set else numpy.frombuffer(result, numpy.uint8)


cdef void _take(const Vector *vector, const int64_t *rows, Py_ssize_t n, void *values, bint shared) noexcept:
    if shared:
        with nogil:
            _take_any(vector, rows, n, values)
    else:
        _take_any(vector, rows, n, values)


cdef void _take_any(const Vector *vector, const int64_t *rows, Py_ssize_t n, void *values) noexcept nogil:
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
    cdef const word *value
    cdef Py_ssize_t i
    for i in range(n):  # with no branch to mispredict
        value = &values[rows[i]] if <uint64_t>rows[i] < <uint64_t>length else <const word *>&NOTHING
        taken[i] = value[0]


cdef bint _take_bits(
    const unsigned char *bits, Py_ssize_t length, const int64_t *rows, Py_ssize_t n, unsigned char *taken
) noexcept nogil:
    """Whether all of them are set; without bits all rows are."""
    cdef Py_ssize_t i, last = n >> 3
    cdef unsigned char common = 0xFF
    for i in range(last):
        taken[i] = _byte_of_bits(bits, length, rows + 8 * i, 8)
        common &= taken[i]
    if n & 7 == 0:
        return common == 0xFF
    taken[last] = _byte_of_bits(bits, length, rows + 8 * last, n & 7)
    return common == 0xFF and taken[last] == (1 << (n & 7)) - 1


cdef inline unsigned char _byte_of_bits(
    const unsigned char *bits, Py_ssize_t length, const int64_t *rows, Py_ssize_t n
) noexcept nogil:
    cdef Py_ssize_t i
    cdef unsigned char byte = 0
    for i in range(n):
        byte |= (<uint64_t>rows[i] < <uint64_t>length and (bits == NULL or bit(bits, rows[i]))) << i
    return byte
