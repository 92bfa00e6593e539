# cython: language_level=3
"""Encoding of a record batch in two passes over its columns: one finds the sizes of records, one writes them.

The bytes are made in their final size. Room for the most that they could be, cut down afterwards, would save the first
pass; but then an allocator fetches it from the system each time, which takes longer than both passes.
"""

from libc.stdint cimport int64_t

from fastpaths.columns.binary cimport BinaryView, Span

cdef struct Field:             # keys, values, or headers already encoded; neither views nor spans: all are null
    const BinaryView *views    # of a BinaryColumn
    const unsigned char *const *data
    const unsigned char *validity
    Py_ssize_t first_bit
    const Span *spans          # of Python objects; a size of -1 is null

cdef struct Rows:
    Py_ssize_t length
    Field keys
    Field values
    Field headers
    const int64_t *timestamps  # NULL: all have the same
    int64_t timestamp


cdef class FieldOwner:
    """What keeps a field's bytes in place."""
    cdef Field field
    cdef object kept
    cdef Span *spans


cdef class Batch:
    """Rows and their owners."""
    cdef Rows rows
    cdef FieldOwner keys, values, headers
    cdef object timestamps

    cdef int check_length(self, str what, Py_ssize_t length) except -1
    cdef int use_timestamps(self, timestamps) except -1
