# cython: language_level=3
"""The keys of an index, by row: int64_t, or the views of str (as UTF-8) and bytes, the long ones in an arena."""

from libc.stdint cimport uint64_t
from libc.string cimport memcmp

from fastpaths.columns.binary cimport INLINED, BinaryView
from fastpaths.table.arena cimport Arena
from fastpaths.table.intrinsics cimport prefetch
from fastpaths.table.keys cimport INT64, KeyType, Probe, read_view, size_of

cdef struct KeyStore:
    KeyType type
    Py_ssize_t length
    Py_ssize_t capacity
    void *rows
    Arena arena


cdef int reserve_keys(KeyStore *store, Py_ssize_t capacity) noexcept nogil  # -1: no memory
cdef void free_keys(KeyStore *store) noexcept nogil
cdef int append_key(KeyStore *store, const Probe *key) noexcept nogil  # needs capacity; -1: no memory
cdef void remove_key(KeyStore *store, Py_ssize_t row) noexcept nogil  # the last key moves there
cdef void compact_keys(KeyStore *store) noexcept nogil  # if most of what it takes is garbage
cdef object key_object(const KeyStore *store, Py_ssize_t row)
cdef Py_ssize_t nbytes_of_keys(const KeyStore *store) noexcept nogil


cdef inline void stored_key(const KeyStore *store, Py_ssize_t row, Probe *key) noexcept nogil:
    if store.type == INT64:
        key.head = (<const uint64_t *>store.rows)[row]
    else:
        stored_view(store, row, key)


cdef inline void stored_view(const KeyStore *store, Py_ssize_t row, Probe *key) noexcept nogil:
    """A stored str or bytes key."""
    read_view(<const BinaryView *>store.rows + row, <const unsigned char *const *>store.arena.blocks, key)


cdef inline bint view_equals(const KeyStore *store, Py_ssize_t row, const Probe *key) noexcept nogil:
    cdef Probe stored
    stored_view(store, row, &stored)
    if stored.head != key.head:
        return False
    if size_of(key) <= INLINED:
        return stored.tail == key.tail
    return memcmp(stored.data, key.data, <size_t>size_of(key)) == 0


cdef inline void prefetch_view(const KeyStore *store, Py_ssize_t row) noexcept nogil:
    prefetch(<const BinaryView *>store.rows + row)


cdef inline void prefetch_text(const KeyStore *store, Py_ssize_t row) noexcept nogil:
    """What lies outside the view, once that is there."""
    cdef Probe stored
    stored_view(store, row, &stored)
    prefetch(stored.data)
    prefetch(stored.data + size_of(&stored) - 1)
