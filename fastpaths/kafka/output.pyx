# cython: language_level=3
"""Where decoded records are written; output.pxd is the design."""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memset

from fastpaths.columns.binary cimport BinaryColumn, BinaryView, Buffers, wrap_column
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

    cdef object part(self, const void *start, Py_ssize_t nbytes):
        cdef Py_ssize_t first = <const unsigned char *>start - <const unsigned char *>self.out.keys
        return self.block[first : first + nbytes]

    cdef BinaryColumn column(self, const BinaryView *views, const unsigned char *bits, bint has_nulls):
        cdef Py_ssize_t n = self.out.rows
        validity = self.part(bits, bytes_of_bits(n)) if has_nulls else None
        return wrap_column(n, self.part(views, n * <Py_ssize_t>sizeof(BinaryView)), self.buffers, validity)


cdef OutColumns new_columns(Py_ssize_t capacity, Buffers buffers):
    cdef OutColumns columns = OutColumns.__new__(OutColumns)
    cdef Out *out = &columns.out
    cdef Py_ssize_t room = max(capacity, 1), nbits = bytes_of_bits(room)
    cdef Py_ssize_t row_size = 2 * sizeof(BinaryView) + 2 * sizeof(int64_t) + sizeof(int32_t)
    columns.block = numpy.empty(room * row_size + 2 * nbits, numpy.uint8)
    cdef unsigned char[::1] block = columns.block
    columns.buffers = buffers
    out.capacity = capacity
    out.keys = <BinaryView *>&block[0]
    out.values = out.keys + room
    out.offsets = <int64_t *>(out.values + room)
    out.timestamps = out.offsets + room
    out.header_at = <int32_t *>(out.timestamps + room)
    out.key_bits = <unsigned char *>(out.header_at + room)
    out.value_bits = out.key_bits + nbits
    memset(out.key_bits, 0xFF, <size_t>(2 * nbits))
    return columns
