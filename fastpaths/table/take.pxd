# cython: language_level=3
"""Values of a store at given rows, as a Column: numbers are copied, and so are views; long strings are shared."""

from libc.stdint cimport int64_t

from fastpaths.table.table_column cimport TableColumn


# Which rows are among the first `length`: their bits, or None for all of them.
cdef object rows_present(const int64_t *rows, Py_ssize_t n, Py_ssize_t length, bint shared)

# A row that is not present gives a null. `shared`: it lets go of the GIL, for which the caller holds the table's lock.
cdef object take_rows(TableColumn column, const int64_t *rows, Py_ssize_t n, object present, bint shared)
