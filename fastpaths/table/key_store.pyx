# cython: language_level=3
"""The keys of an index, by row; key_store.pxd is its design."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_RawFree, PyMem_RawRealloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

from fastpaths.columns.binary cimport INLINED, BinaryView, Span, value_at
from fastpaths.table.arena cimport compact_arena, free_arena, garbage, nbytes_of_arena, store_value
from fastpaths.table.keys cimport INT64, STR, Probe, size_of


cdef Py_ssize_t _width(const KeyStore *store) noexcept nogil:
    return sizeof(int64_t) if store.type == INT64 else sizeof(BinaryView)


cdef int reserve_keys(KeyStore *store, Py_ssize_t capacity) noexcept nogil:
    cdef void *rows = PyMem_RawRealloc(store.rows, <size_t>(capacity * _width(store)))
    if rows == NULL:
        return -1
    store.rows = rows
    store.capacity = capacity
    return 0


cdef void free_keys(KeyStore *store) noexcept nogil:
    PyMem_RawFree(store.rows)
    free_arena(&store.arena)
    store.rows = NULL
    store.length = store.capacity = 0


cdef int append_key(KeyStore *store, const Probe *key) noexcept nogil:
    cdef BinaryView *view
    if store.type == INT64:
        (<uint64_t *>store.rows)[store.length] = key.head
    else:
        view = <BinaryView *>store.rows + store.length
        if size_of(key) <= INLINED:
            memcpy(view, &key.head, 8)
            memcpy(<char *>view + 8, &key.tail, 8)
        elif store_value(&store.arena, key.data, size_of(key), view) < 0:
            return -1
    store.length += 1
    return 0


cdef void remove_key(KeyStore *store, Py_ssize_t row) noexcept nogil:
    cdef BinaryView *views = <BinaryView *>store.rows
    store.length -= 1
    if store.type == INT64:
        (<int64_t *>store.rows)[row] = (<int64_t *>store.rows)[store.length]
        return
    if views[row].length > INLINED:
        store.arena.live -= views[row].length
    views[row] = views[store.length]


cdef void compact_keys(KeyStore *store) noexcept nogil:
    # The views count as well: all of them are read, which a few long keys among many short ones must not cause often.
    if garbage(&store.arena) > store.arena.live + store.length * <Py_ssize_t>sizeof(BinaryView):
        compact_arena(&store.arena, <BinaryView *>store.rows, store.length)  # without memory, a later deletion does it


cdef object key_object(const KeyStore *store, Py_ssize_t row):
    cdef Span span
    if store.type == INT64:
        return (<const int64_t *>store.rows)[row]
    span = value_at(<const BinaryView *>store.rows, row, <const unsigned char *const *>store.arena.blocks)
    if store.type == STR:
        return PyUnicode_DecodeUTF8(<const char *>span.data, span.size, NULL)
    return PyBytes_FromStringAndSize(<const char *>span.data, span.size)


cdef Py_ssize_t nbytes_of_keys(const KeyStore *store) noexcept nogil:
    return store.capacity * _width(store) + nbytes_of_arena(&store.arena)
