# cython: language_level=3
"""A cell: one value on its way into a table, or a key that is looked for."""

from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fastpaths.columns.binary cimport INLINED, BinaryView, load_short, value_at
from fastpaths.columns.bits cimport bit
from fastpaths.columns.vector cimport BOOL_KIND, BYTES_KIND, CATEGORY_KIND, STR_KIND, Kind, Vector

cdef struct Cell:
    uint64_t head              # a number, the bits of a float, a bool, a category; or the first 8 bytes of a view
    uint64_t tail              # the last 8 bytes of the view, where a string lies in it
    const unsigned char *data  # where it does not: its bytes, borrowed
    bint null                  # of keys, which are none, not even set


cdef inline bint has_views(Kind kind) noexcept nogil:
    return kind == STR_KIND or kind == BYTES_KIND


cdef inline int32_t size_of(const Cell *cell) noexcept nogil:
    """Of a string."""
    return <int32_t>cell.head


cdef inline void read_bytes(const unsigned char *data, int32_t size, Cell *cell) noexcept nogil:
    """As make_view has it, in two words that never lie in memory in parts, which is slow to read as a whole."""
    cdef uint64_t prefix = load_short(data, min(size, 4))
    cell.head = <uint32_t>size | prefix << 32
    cell.tail = load_short(data + 4, size - 4) if size <= INLINED else 0
    cell.data = data


cdef inline void read_view(const BinaryView *view, const unsigned char *const *data, Cell *cell) noexcept nogil:
    memcpy(&cell.head, view, 8)
    memcpy(&cell.tail, <const char *>view + 8, 8)
    cell.data = value_at(view, 0, data).data


cdef inline void read_vector(const Vector *vector, Py_ssize_t i, Cell *cell) noexcept nogil:
    cell.tail = 0
    cell.data = NULL
    cell.null = vector.validity != NULL and not bit(vector.validity, i)
    if has_views(vector.kind):
        read_view(<const BinaryView *>vector.values + i, vector.data, cell)
    elif vector.kind == CATEGORY_KIND:
        cell.head = (<const uint32_t *>vector.values)[i]
    elif vector.kind == BOOL_KIND:
        cell.head = bit(<const unsigned char *>vector.values, i)
    else:
        cell.head = (<const uint64_t *>vector.values)[i]
