# cython: language_level=3
"""A table as plans and aggregates read it: its stores, where they lie, under its lock."""

from fastpaths.table.key_index cimport KeyIndex
from fastpaths.table.rows cimport Rows
from fastpaths.table.source cimport Source


cdef class TableSource(Source):
    cdef Rows rows
    cdef KeyRows key


cdef class KeyRows:
    """The key index as a column index."""
    cdef KeyIndex keys

    cdef Py_ssize_t row_of(self, object value) except -2
