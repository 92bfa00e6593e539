# cython: language_level=3
"""A table: rows of typed columns under a key, for Python."""

from fastpaths.table.rows cimport Rows


cdef class Table:
    cdef Rows rows
    cdef readonly dict schema  # name -> columns.types.Type
    cdef readonly str key
    cdef dict blank            # a record of nulls: copied, it is a dict of the right size

    cdef Py_ssize_t _place(self, str name) except -1
