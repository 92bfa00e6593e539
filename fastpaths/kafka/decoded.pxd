# cython: language_level=3
"""Decoded records: four columns, and the batches that they lie in. Slices share all of it."""

from libc.stdint cimport int32_t, int64_t

from fastpaths.columns.binary cimport BinaryColumn
from fastpaths.kafka.output cimport OutColumns, Segment, Segments


cdef class Records:
    cdef readonly object offsets, timestamps
    cdef readonly BinaryColumn keys, values
    cdef readonly int64_t next_offset
    cdef readonly Py_ssize_t consumed
    cdef Py_ssize_t first            # the row, of those that were written, where this slice begins
    cdef Py_ssize_t length
    cdef Segments segments
    cdef const int32_t *header_at    # of those that were written
    cdef object header_owner

    cdef Py_ssize_t row(self, object i) except -1  # of an index from Python, among those that were written
    cdef list headers_at(self, Py_ssize_t row, const Segment *segment, Py_ssize_t *nbytes)  # nbytes: -1 where none
    cdef object corrupt(self, Py_ssize_t row, const Segment *segment, str problem)


cdef Records new_records(OutColumns columns, Segments segments, int64_t next_offset, Py_ssize_t consumed)
