# cython: language_level=3
"""A table, for Python: rows of typed columns under a key.

A record is read a value at a time, and making an object of one may run other code, by way of the garbage collector: the
count of changes is compared before each, and the record begun anew if it moved. Reads of many rows hold the lock.
"""

from fastpaths.table.rows cimport Rows
from fastpaths.table.table_source cimport TableSource


cdef class Table:
    cdef Rows rows
    cdef readonly dict schema
    cdef readonly str key
    cdef dict places    # of columns, by their names
    cdef dict blank     # a record of nulls: a copy of it is a dict of the right size
    cdef tuple others   # all columns but the key
    cdef TableSource source
    cdef dict plans     # by text

    cdef Py_ssize_t place(self, object name) except -1
    cdef tuple chosen(self, object names)  # TableColumns, all for None
    cdef object plan(self, object text)
