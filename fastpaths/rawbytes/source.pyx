# cython: language_level=3
"""What the functions of rawbytes read, and what they find; source.pxd is the design."""

cimport cython
from cpython.buffer cimport PyBUF_ANY_CONTIGUOUS, PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer

from ..columns.binary cimport new_column
from ..columns.blocks cimport export_block, release_block, resize_block

import numpy

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX


cdef Source source_of(object buffer):
    cdef Source source = Source.__new__(Source)
    cdef Pieces *pieces = &source.pieces
    cdef Py_ssize_t i
    if isinstance(buffer, BinaryColumn):
        source.column = buffer
        pieces.length = source.column.length
        pieces.views = source.column.views
        pieces.data = source.column.buffers.data
        pieces.validity = source.column.validity
        pieces.first_bit = source.column.first_bit
        pieces.nbytes = pieces.length * <Py_ssize_t>sizeof(BinaryView)
        for i in range(pieces.length):
            pieces.nbytes += pieces.views[i].length
    else:
        PyObject_GetBuffer(buffer, &source.pin, PyBUF_ANY_CONTIGUOUS)
        source.exporter = buffer
        source.start = <const unsigned char *>source.pin.buf
        pieces.length = 1
        pieces.data = &source.start
        pieces.nbytes = source.pin.len
    return source


cdef void *memory_of(object array) except? NULL:
    cdef Py_buffer view
    PyObject_GetBuffer(array, &view, PyBUF_SIMPLE)
    PyBuffer_Release(&view)
    return view.buf


@cython.final
@cython.no_gc  # lives as long as a call
@cython.freelist(4)
cdef class Source:

    def __dealloc__(self):
        PyBuffer_Release(&self.pin)

    cdef Buffers buffers(self):
        return Buffers(self.exporter) if self.column is None else self.column.buffers

    cdef int64_t *new_offsets(self) except NULL:
        if self.column is None:
            return self.ends
        self.offsets = numpy.empty(self.pieces.length + 1, numpy.int64)
        return <int64_t *>memory_of(self.offsets)

    cdef object result(self, object found):
        return found if self.column is None else (found, self.offsets)


@cython.final
@cython.no_gc
cdef class ViewList:

    def __dealloc__(self):
        release_block(self.block)

    cdef int grow(self) noexcept nogil:
        cdef Py_ssize_t size = <Py_ssize_t>sizeof(BinaryView)
        cdef Py_ssize_t capacity = max(self.capacity, <Py_ssize_t>128)
        if capacity > PY_SSIZE_T_MAX // size // 2:
            return -1
        capacity *= 2
        if resize_block(&self.block, self.length * size, capacity * size) < 0:
            return -1
        self.views = <BinaryView *>self.block
        self.capacity = capacity
        return 0

    cdef BinaryColumn column(self, Buffers buffers):
        cdef Py_ssize_t nbytes = self.length * <Py_ssize_t>sizeof(BinaryView)
        if self.block != NULL and resize_block(&self.block, nbytes, nbytes) < 0:
            raise MemoryError
        self.views = <BinaryView *>self.block
        cdef BinaryColumn column = new_column(0, buffers)
        column.owner = export_block(self.block, nbytes)
        column.views = self.views
        column.length = self.length
        return column
