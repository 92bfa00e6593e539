# cython: language_level=3
"""Stored values as Python objects."""

from fastpaths.table.store cimport Store


# In the type that Column.to_list gives; None for a null. Not of a category column, whose str are elsewhere. `scale`: of
# a decimal. OverflowError for a timestamp that is no datetime.
cdef object object_at(const Store *store, Py_ssize_t row, int scale)
