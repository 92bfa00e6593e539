# cython: language_level=3
"""Columns built from Python objects, value by value."""

from fastpaths.columns.binary cimport BinaryBuilder
from fastpaths.columns.vector cimport Kind


cdef class Builder:
    """Takes at most `capacity` values of one type. It is a column's worth of memory from the beginning."""
    cdef object type           # types.Type
    cdef Kind kind
    cdef int scale             # of a decimal
    cdef str name              # of the column, for errors; None where it has none
    cdef Py_ssize_t length     # values so far
    cdef Py_ssize_t capacity
    cdef object memory         # of the values, where they have a fixed width
    cdef void *values          # in it
    cdef object bits           # of the validity; None while nothing is null
    cdef BinaryBuilder binary  # str, bytes
    cdef dict categories       # to their numbers

    cdef int append(self, object value) except -1  # None is a null
    cdef int append_null(self) except -1
    cdef object refusal(self, object error)        # the error of an append, naming the column and the row as well
    cdef object finish(self)                       # a Column


# A value for each of `builders` from a record, by the name of its column: null where the record has none. A record with
# a field that is no column is refused. Errors name the row.
cdef int append_record(list builders, object record, Py_ssize_t row) except -1
