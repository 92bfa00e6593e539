# cython: language_level=3
"""Distinct keys <-> dense rows: the keys by row, and a hash table that finds their rows.

find_many takes keys in batches: hash them and ask memory for their buckets, read the buckets and ask for the keys that
they name, compare. So a batch waits for memory about as long as one key would. While it runs without the GIL it counts
as a reader; whoever changes the index waits until there is none.
"""

from fastpaths.table.hash_table cimport HashTable
from fastpaths.table.hashing cimport Secret
from fastpaths.table.key_store cimport KeyStore


cdef class KeyIndex:
    cdef Secret secret
    cdef HashTable table
    cdef KeyStore store       # of the table's capacity
    cdef Py_ssize_t readers   # calls that read without the GIL
    cdef Py_ssize_t waiting   # calls that wait for them

    cdef Py_ssize_t row_of(self, object key) except -2
