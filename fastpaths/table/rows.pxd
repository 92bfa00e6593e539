# cython: language_level=3
"""The rows of a table: dense, found by their key, a store a column.

The key column is the store of the key index, so no key is stored twice; the index's lock is that of all columns. Rows
come, change and go in three steps. What is to be written is read and checked, which may run any Python code. Then, once
there are no readers, memory is found for all of it, and nothing of the table has changed if there is none. The last
step cannot fail. No Python code runs between the second and its end: the GIL makes them one.
"""

from libc.stdint cimport int64_t

from fastpaths.table.cell cimport Cell
from fastpaths.table.key_index cimport KeyIndex
from fastpaths.table.table_column cimport TableColumn


cdef class Rows:
    cdef KeyIndex keys
    cdef tuple columns     # of TableColumn
    cdef Py_ssize_t key    # which of them is the key
    cdef list indexes      # ColumnIndex of each, or None
    cdef Py_ssize_t changes

    # A row from a cell a column, in place of the one with that key.
    cdef Py_ssize_t put(self, Cell *cells) except -1

    # Rows from a list of Staged, one a column: int64[n]. Of rows with one key the last counts. `more` will come after
    # them, as far as anybody knows.
    cdef object put_many(self, list staged, Py_ssize_t n, Py_ssize_t more)

    cdef bint delete(self, const Cell *key) except -1  # whether there was one
    cdef Py_ssize_t delete_many(self, object keys) except -1  # how many there were
    cdef Py_ssize_t nbytes(self)
