# cython: language_level=3
"""Python objects, read as values of a column's type.

Each function raises for what it refuses, and says what was expected and what was found: TypeError, OverflowError for a
number that does not fit, ValueError. Where it was found (column, row) is for the caller to add.
"""

from libc.stdint cimport int64_t

from fastpaths.columns.binary cimport MAX_BYTES, Span

cdef extern from "Python.h":
    bint PyFloat_CheckExact(object)
    double PyFloat_AS_DOUBLE(object)
    bint PyLong_CheckExact(object)
    long long PyLong_AsLongLongAndOverflow(object, int *) except? -1
    bint PyUnicode_Check(object)
    bint PyUnicode_IS_COMPACT_ASCII(object)
    const unsigned char *PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)

cdef int bool_of(object value) except -1                           # bool, numpy.bool
cdef int64_t timestamp_of(object value) except? -1                 # an aware datetime: µs since 1970 in UTC
cdef int64_t decimal_of(object value, int scale) except? -1        # Decimal, int, str: units of 10**-scale, exactly
cdef Span bytes_of(object value) except *                          # bytes: where they lie for as long as they live

cdef int64_t unusual_int64(object value) except? -1
cdef double unusual_float64(object value) except? -1
cdef Span unusual_text(object value) except *


cdef inline int64_t int64_of(object value) except? -1:
    """An int, or an integer of numpy; no bool."""
    cdef int overflow = 0
    cdef int64_t number
    if PyLong_CheckExact(value):  # which a bool is not
        number = PyLong_AsLongLongAndOverflow(value, &overflow)
        if overflow == 0:
            return number
    return unusual_int64(value)


cdef inline double float64_of(object value) except? -1:
    """A float or int, or a number of numpy; no bool."""
    return PyFloat_AS_DOUBLE(value) if PyFloat_CheckExact(value) else unusual_float64(value)


cdef inline Span text_of(object value) except *:
    """A str: where its UTF-8 lies for as long as it lives."""
    cdef Span span
    if PyUnicode_Check(value) and PyUnicode_IS_COMPACT_ASCII(value) and PyUnicode_GET_LENGTH(value) <= MAX_BYTES:
        span.data = PyUnicode_DATA(value)
        span.size = PyUnicode_GET_LENGTH(value)
        return span
    return unusual_text(value)
