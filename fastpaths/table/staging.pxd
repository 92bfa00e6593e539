# cython: language_level=3
"""Many values for a column of a table, checked, then brought into the terms of its store: long strings in its arena,
categories by its numbers. After that nothing is left that could fail."""

from libc.stdint cimport int32_t

from fastpaths.columns.vector cimport ColumnVector, Vector
from fastpaths.table.table_column cimport TableColumn


cdef class Staged:
    cdef TableColumn column
    cdef ColumnVector source
    cdef Vector vector            # the values, once they are kept
    cdef void *memory             # of those that differ from the source's
    cdef ColumnVector categories  # of the source, where it is a category column
    cdef int32_t *numbers         # of each of them in the column's dictionary, -1 where it was not needed yet


# `values`: a Column of n values, or None. What cannot go into the table's column is an error that names it.
cdef Staged stage(TableColumn column, object values, Py_ssize_t n)

cdef int keep(Staged staged) noexcept  # for whoever has waited for the readers; -1: no memory
