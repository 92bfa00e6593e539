# cython: language_level=3
"""Values of a fixed width by their rows."""

cimport cython
from libc.stdint cimport int32_t, int64_t

from fastpaths.columns.bits cimport is_row, refuse_row

import numpy

ctypedef fused number:
    int32_t
    int64_t
    double


@cython.boundscheck(False)
@cython.wraparound(False)
cdef object _take(const number[::1] values, const int64_t[::1] rows, object dtype):
    taken = numpy.empty(rows.shape[0], dtype)
    cdef number[::1] out = taken
    cdef Py_ssize_t i
    cdef int64_t row
    for i in range(rows.shape[0]):
        row = rows[i]
        if not is_row(row, values.shape[0]):
            refuse_row(row, i, values.shape[0])
        out[i] = 0 if row < 0 else values[row]
    return taken


def take_values(values not None, const int64_t[::1] rows not None):
    """Of int32, int64 or float64 values those at `rows`; a row of -1 gives 0. IndexError for any other row outside."""
    dtype = values.dtype
    if dtype == numpy.int64:
        return _take[int64_t](values, rows, dtype)
    if dtype == numpy.float64:
        return _take[double](values, rows, dtype)
    if dtype == numpy.int32:
        return _take[int32_t](values, rows, dtype)
    raise TypeError(f"expected int32, int64 or float64 values, found {dtype}")
