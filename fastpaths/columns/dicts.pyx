# cython: language_level=3
"""Rows of columns as dicts: the way back from builders.pyx."""

cimport cython
from cpython.dict cimport PyDict_Copy, PyDict_SetItem


@cython.boundscheck(False)
@cython.wraparound(False)
def dicts_of(dict columns not None, Py_ssize_t n):
    """A dict a row; columns: by name, a list of n values."""
    cdef tuple names = tuple(columns)
    cdef tuple lists = tuple(columns.values())
    cdef dict blank = dict.fromkeys(names)
    cdef list records = [None] * n
    cdef Py_ssize_t i, j, width = len(names)
    cdef dict record
    cdef list values
    for values in lists:
        if len(values) != n:
            raise ValueError(f"expected {n} values, found {len(values)}")
    for i in range(n):
        record = PyDict_Copy(blank)  # with room and order as they will be
        for j in range(width):
            values = <list>lists[j]
            PyDict_SetItem(record, <object>names[j], values[i])
        records[i] = record
    return records
