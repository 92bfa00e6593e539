# cython: language_level=3
"""Where decoded records are written; output.pxd is the design."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from fastpaths.columns.binary cimport Buffers, new_column
from fastpaths.columns.bits cimport bytes_of_bits

import numpy


@cython.final
cdef class Segments:

    def __cinit__(self):
        self.legacy = {}

    def __dealloc__(self):
        PyMem_Free(self.items)

    cdef Segment *append(self) except NULL:
        cdef Segment *items
        if self.count & (self.count - 1) == 0:  # full: it doubles
            items = <Segment *>PyMem_Realloc(self.items, <size_t>max(2 * self.count, 1) * sizeof(Segment))
            if items == NULL:
                raise MemoryError
            self.items = items
        self.count += 1
        return &self.items[self.count - 1]

    cdef Py_ssize_t find(self, Py_ssize_t row) noexcept:
        cdef Py_ssize_t low = 0, high = self.count, middle
        while high - low > 1:
            middle = (low + high) // 2
            if self.items[middle].first_row <= row:
                low = middle
            else:
                high = middle
        return low


@cython.final
cdef class OutColumns:
    pass


cdef OutColumns new_columns(Py_ssize_t capacity, Buffers buffers):
    cdef OutColumns columns = OutColumns.__new__(OutColumns)
    cdef Py_ssize_t room = max(capacity, 1)  # so that there is a first element to point to
    cdef Out *out = &columns.out
    cdef int64_t[::1] view
    out.capacity = capacity
    columns.offsets = view = numpy.empty(room, numpy.int64)
    out.offsets = &view[0]
    columns.timestamps = view = numpy.empty(room, numpy.int64)
    out.timestamps = &view[0]
    columns.keys, columns.values = new_column(room, buffers), new_column(room, buffers)
    out.keys, out.values = columns.keys.views, columns.values.views
    columns.key_bits = PyBytes_FromStringAndSize(NULL, bytes_of_bits(room))
    columns.value_bits = PyBytes_FromStringAndSize(NULL, bytes_of_bits(room))
    out.key_bits = <unsigned char *>PyBytes_AS_STRING(columns.key_bits)
    out.value_bits = <unsigned char *>PyBytes_AS_STRING(columns.value_bits)
    memset(out.key_bits, 0xFF, <size_t>bytes_of_bits(room))
    memset(out.value_bits, 0xFF, <size_t>bytes_of_bits(room))
    columns.header_at = PyBytes_FromStringAndSize(NULL, room * <Py_ssize_t>sizeof(int32_t))
    out.header_at = <int32_t *>PyBytes_AS_STRING(columns.header_at)
    return columns
