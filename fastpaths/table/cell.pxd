# cython: language_level=3
"""A cell: one value on its way into a table, or a key that is looked for."""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy

from fastpaths.columns.binary cimport BinaryView, make_view, value_at

cdef struct Cell:
    uint64_t head              # a number, the bits of a float, a bool, a category; or the first 8 bytes of a view
    uint64_t tail              # the last 8 bytes of the view, where a string lies in it
    const unsigned char *data  # where it does not: its bytes, borrowed
    bint null                  # of keys, which are none, not even set


cdef inline int32_t size_of(const Cell *cell) noexcept nogil:
    """Of a string."""
    return <int32_t>cell.head


cdef inline void read_bytes(const unsigned char *data, int32_t size, Cell *cell) noexcept nogil:
    cdef BinaryView view = make_view(data, 0, 0, size)
    memcpy(&cell.head, &view, 8)
    memcpy(&cell.tail, <const char *>&view + 8, 8)
    cell.data = data


cdef inline void read_view(const BinaryView *view, const unsigned char *const *data, Cell *cell) noexcept nogil:
    memcpy(&cell.head, view, 8)
    memcpy(&cell.tail, <const char *>view + 8, 8)
    cell.data = value_at(view, 0, data).data
