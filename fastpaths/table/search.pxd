# cython: language_level=3
"""Searches of a key store through its hash table: one, or many under way at the same time.

The time of a lookup in a large table is the time that memory takes to answer, twice or three times one after the other:
the bucket, the key of the row that it names, the bytes of a long key. So a search asks for a cache line and lets later
searches begin; a STEP of them later the line is there and the search goes on.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from fastpaths.table.cell cimport Cell
from fastpaths.table.hash_table cimport Candidates, HashTable, find_int64, first_row, home_of, next_row
from fastpaths.table.key_store cimport view_equals
from fastpaths.table.keys cimport Keys
from fastpaths.table.store cimport Store


# Rows of many keys, -1 for absent ones: of numbers or a column without the GIL, of objects with it.
cdef void find_values(const HashTable *table, const Store *store, const Keys *many, int64_t *rows) noexcept nogil
cdef int find_objects(const HashTable *table, const Store *store, const Keys *many, int64_t *rows) except -1


cdef inline Py_ssize_t find_key(
    const HashTable *table, const Store *store, const Cell *key, uint64_t tag
) noexcept nogil:
    """Row of one key, -1 if it is absent."""
    cdef Candidates at
    cdef Py_ssize_t row
    if table.int64:
        return find_int64(table, <int64_t>tag, home_of(table, True, tag))
    at.tag = <uint32_t>tag
    at.bucket = home_of(table, False, tag)
    row = first_row(table, &at)
    while row >= 0 and not view_equals(store, row, key):
        row = next_row(table, &at)
    return row
