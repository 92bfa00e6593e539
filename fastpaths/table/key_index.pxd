# cython: language_level=3
"""Distinct keys <-> dense rows: a store of the keys by row, and a hash table that finds their rows.

A search of many keys that runs without the GIL holds the lock; whoever changes the index waits until none does.
"""

from libc.stdint cimport int64_t, uint64_t

from fastpaths.table.cell cimport Cell
from fastpaths.table.hash_table cimport HashTable
from fastpaths.table.keys cimport Keys, read_key, tag_of
from fastpaths.table.lock cimport SharedLock
from fastpaths.table.search cimport find_key
from fastpaths.table.store cimport Store


cdef class KeyIndex:
    cdef HashTable table
    cdef Store store  # of at least the table's capacity
    cdef SharedLock lock

    cdef object rows_of(self, object keys)  # as accept_keys gives them


# For whoever has waited for the readers:

cdef int reserve_keys(KeyIndex index, Py_ssize_t n) noexcept  # for n more; -1: no room

# The row of a key, which is the next one if it is new; -1: no room. As many as `more` come after it.
cdef Py_ssize_t insert_key(KeyIndex index, const Cell *key, uint64_t tag, Py_ssize_t more) noexcept

# Rows of many, which are checked, and `more` come after them; an error leaves none of them.
cdef int insert_keys(KeyIndex index, const Keys *many, Py_ssize_t more, int64_t *rows) except -1

cdef int raise_no_room(KeyIndex index) except -1
cdef int delete_row(KeyIndex index, Py_ssize_t row) noexcept  # the last row moves there; -1: no memory
cdef void delete_last(KeyIndex index, Py_ssize_t n) noexcept  # the last n rows


cdef inline uint64_t tag_in(KeyIndex index, const Cell *key) noexcept:
    return tag_of(index.table.int64, key, &index.table.secret)


cdef inline Py_ssize_t row_with(KeyIndex index, const Cell *key) noexcept:
    """-1 if it is absent."""
    return find_key(&index.table, &index.store, key, tag_in(index, key))


cdef inline Py_ssize_t row_of(KeyIndex index, object key) except -2:
    """The same of a key as it comes from Python."""
    cdef Cell cell
    read_key(index.store.kind, key, -1, &cell)
    return row_with(index, &cell)
