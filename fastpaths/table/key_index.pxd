# cython: language_level=3
"""Distinct keys <-> dense rows: a store of the keys by row, and a hash table that finds their rows.

A search of many keys that runs without the GIL counts as a reader; whoever changes the index waits until there is none.
"""

from fastpaths.table.hash_table cimport HashTable
from fastpaths.table.key_store cimport KeyStore


cdef class KeyIndex:
    cdef HashTable table
    cdef KeyStore store       # of the table's capacity
    cdef Py_ssize_t readers   # calls that read without the GIL
    cdef Py_ssize_t waiting   # calls that wait for them

    cdef Py_ssize_t row_of(self, object key) except -2
