# cython: language_level=3
"""Sums of bytes; sums.pxd is the loop."""

from libc.stdint cimport int64_t, uint64_t

from .source cimport RELEASE_GIL, Piece, Pieces, Source, memory_of, piece_at, source_of

import numpy


def byte_sum(buffer not None, wrap=None):
    """The sum of all bytes of a buffer, of any item type: an int, exact. Of a BinaryColumn: of each value, int64[n].

    wrap: 8, 16, 32 or 64, to have the sum modulo 2**wrap, as a counter of that many bits holds it.

    A buffer that is not contiguous is refused by its exporter: BufferError, from numpy ValueError. The sum of a null is
    0. The GIL is released from 256 KiB on.
    """
    cdef uint64_t mask = mask_of(wrap), total
    cdef Source source = source_of(buffer)
    if source.column is not None:
        return column_sums(source, mask)
    if source.pieces.nbytes < RELEASE_GIL:
        total = sum_of(source.start, <size_t>source.pieces.nbytes)
    else:
        with nogil:
            total = sum_of(source.start, <size_t>source.pieces.nbytes)
    return total & mask


cdef uint64_t mask_of(object wrap) except? 0:
    if wrap is None or wrap == 64:
        return <uint64_t>-1
    if wrap in (8, 16, 32):
        return (<uint64_t>1 << <int>wrap) - 1
    raise ValueError(f"byte_sum: wrap must be 8, 16, 32 or 64 bits, or None for the exact sum, got {wrap!r}")


cdef object column_sums(Source source, uint64_t mask):
    sums = numpy.empty(source.pieces.length, numpy.int64)
    cdef int64_t *out = <int64_t *>memory_of(sums)
    if source.pieces.nbytes < RELEASE_GIL:
        fill_sums(&source.pieces, mask, out)
    else:
        with nogil:
            fill_sums(&source.pieces, mask, out)
    return sums


cdef void fill_sums(const Pieces *pieces, uint64_t mask, int64_t *sums) noexcept nogil:
    cdef Py_ssize_t i
    cdef Piece piece
    for i in range(pieces.length):
        piece = piece_at(pieces, i)
        sums[i] = <int64_t>(sum_of(piece.base + piece.offset, <size_t>piece.size) & mask)
