# cython: language_level=3
"""A store as the keys of an index, by row: numbers, or the views of str (as UTF-8) and bytes."""

from libc.stdint cimport uint64_t
from libc.string cimport memcmp

from fastpaths.columns.binary cimport INLINED, BinaryView
from fastpaths.table.cell cimport Cell, has_views, read_view, size_of
from fastpaths.columns.intrinsics cimport prefetch
from fastpaths.table.store cimport Store


cdef inline void stored_key(const Store *store, Py_ssize_t row, Cell *key) noexcept nogil:
    if has_views(store.kind):
        stored_view(store, row, key)
    else:
        key.head = (<const uint64_t *>store.values)[row]
        key.tail = 0
        key.data = NULL


cdef inline void stored_view(const Store *store, Py_ssize_t row, Cell *key) noexcept nogil:
    read_view(<const BinaryView *>store.values + row, <const unsigned char *const *>store.arena.blocks, key)


cdef inline bint view_equals(const Store *store, Py_ssize_t row, const Cell *key) noexcept nogil:
    cdef Cell stored
    stored_view(store, row, &stored)
    if stored.head != key.head:
        return False
    if size_of(key) <= INLINED:
        return stored.tail == key.tail
    return memcmp(stored.data, key.data, <size_t>size_of(key)) == 0


cdef inline void prefetch_view(const Store *store, Py_ssize_t row) noexcept nogil:
    prefetch(<const BinaryView *>store.values + row)


cdef inline void prefetch_text(const Store *store, Py_ssize_t row) noexcept nogil:
    """What lies outside the view, once that is there."""
    cdef Cell stored
    stored_view(store, row, &stored)
    prefetch(stored.data)
    prefetch(stored.data + size_of(&stored) - 1)
