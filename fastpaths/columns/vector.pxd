# cython: language_level=3
"""A column as compiled code reads it, without the GIL: where its values lie, and which of them are there."""

from libc.stdint cimport int32_t, int64_t

cdef enum Kind:      # in the order of types.KINDS
    INT64_KIND
    FLOAT64_KIND
    BOOL_KIND
    STR_KIND
    BYTES_KIND
    CATEGORY_KIND
    TIMESTAMP_KIND
    DECIMAL_KIND

cdef struct Vector:
    Kind kind
    Py_ssize_t length
    const void *values                 # int64_t (timestamp and decimal too), double, bits (bool), int32_t (the number
    #                                    of a category, 0 where it is null), or BinaryView (str, bytes)
    const unsigned char *validity      # a bit a value, from bit 0 on; NULL: no value is null
    const unsigned char *const *data   # of str and bytes: the data buffers


cdef class ColumnVector:
    """A vector, and what keeps its memory."""
    cdef Vector vector
    cdef object owners


# The vector of a Column, whose parts are checked: TypeError, ValueError. Of a category column that does not look at the
# numbers: whoever uses them as an index checks them.
cdef ColumnVector vector_of(object column)
