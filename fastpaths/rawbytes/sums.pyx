# cython: language_level=3
"""Sums of bytes; sums.pxd is the loop."""

cimport cython
from cpython.buffer cimport PyBUF_ANY_CONTIGUOUS, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint64_t

from ..columns.binary cimport BinaryColumn, BinaryView, Span, value_at

import numpy

cdef enum:
    RELEASE_GIL = 256 * 1024  # bytes: adding up as many takes 3 us, and releasing the GIL 0.04


def byte_sum(buffer not None, wrap=None):
    """The sum of all bytes of a buffer, of any item type: an int, exact. Of a BinaryColumn: of each value, uint64[n].

    wrap: 8, 16, 32 or 64, to have the sum modulo 2**wrap, as a counter of that many bits holds it.

    A buffer that is not contiguous is refused by its exporter: BufferError, from numpy ValueError. The GIL is released
    from 256 KiB on.
    """
    cdef uint64_t mask = mask_of(wrap), total
    cdef Py_buffer view
    if isinstance(buffer, BinaryColumn):
        return column_sums(buffer, mask)
    PyObject_GetBuffer(buffer, &view, PyBUF_ANY_CONTIGUOUS)
    try:
        if view.len >= RELEASE_GIL:
            with nogil:
                total = sum_of(<const unsigned char *>view.buf, <size_t>view.len)
        else:
            total = sum_of(<const unsigned char *>view.buf, <size_t>view.len)
    finally:
        PyBuffer_Release(&view)
    return total & mask


cdef uint64_t mask_of(object wrap) except? 0:
    if wrap is None or wrap == 64:
        return <uint64_t>-1
    if wrap in (8, 16, 32):
        return (<uint64_t>1 << <int>wrap) - 1
    raise ValueError(f"byte_sum: wrap must be 8, 16, 32 or 64 bits, or None for the exact sum, got {wrap!r}")


cdef object column_sums(BinaryColumn column, uint64_t mask):
    sums = numpy.empty(column.length, numpy.uint64)
    cdef uint64_t[::1] out = sums
    cdef Py_ssize_t nbytes = column.length * <Py_ssize_t>sizeof(BinaryView)
    cdef Py_ssize_t i
    for i in range(column.length):
        nbytes += column.views[i].length
    if nbytes >= RELEASE_GIL:
        with nogil:
            fill_sums(column, mask, out)
    else:
        fill_sums(column, mask, out)
    return sums


@cython.boundscheck(False)
@cython.wraparound(False)
cdef void fill_sums(BinaryColumn column, uint64_t mask, uint64_t[::1] out) noexcept nogil:
    cdef const BinaryView *views = column.views
    cdef const unsigned char *const *data = column.buffers.data
    cdef Span value
    cdef Py_ssize_t i
    for i in range(out.shape[0]):
        value = value_at(views, i, data)
        out[i] = sum_of(value.data, <size_t>value.size) & mask
