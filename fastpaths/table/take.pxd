# cython: language_level=3
"""Values of a store at given rows, as a Column: numbers are copied, and so are views; long strings are shared."""

from libc.stdint cimport int64_t

from fastpaths.table.table_column cimport TableColumn


# A row outside the column gives a null. With more than a few rows it lets go of the GIL, for which the caller holds the
# table's lock.
cdef object take_rows(TableColumn column, const int64_t *rows, Py_ssize_t n, bint shared)
