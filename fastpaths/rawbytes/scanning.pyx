# cython: language_level=3
"""Where a byte is, and how often; scan.pxd has the loops over bytes."""

from libc.stdint cimport int64_t, uint64_t

from .scan cimport count_wanted, first_bit, wanted
from .source cimport RELEASE_GIL, Piece, Pieces, Source, memory_of, piece_at, source_of

from operator import index

import numpy


def count(buffer not None, byte not None):
    """How many bytes of a buffer are `byte`: an int. Of a BinaryColumn: of each value, int64[n]; of a null, 0.

    byte: from 0 to 255, or a bytes of length 1.

    A buffer that is not contiguous is refused by its exporter: BufferError, from numpy ValueError. The GIL is released
    from 256 KiB on.
    """
    cdef unsigned char value = byte_of(byte, "count")
    cdef Source source = source_of(buffer)
    if source.column is None:
        return count_all(source, 0xFF, value, NULL)
    counts = numpy.empty(source.pieces.length, numpy.int64)
    count_all(source, 0xFF, value, <int64_t *>memory_of(counts))
    return counts


def positions(buffer not None, byte not None):
    """Where in a buffer `byte` is: int64[count], ascending.

    Of a BinaryColumn: (positions, offsets), where in value i is positions[offsets[i] : offsets[i + 1]]; in a null,
    nowhere.

    byte, a buffer that is not contiguous, and the GIL: as `count` has it.
    """
    cdef unsigned char value = byte_of(byte, "positions")
    cdef Source source = source_of(buffer)
    cdef int64_t *offsets = source.new_offsets()
    cdef Py_ssize_t n, expected = count_all(source, 0xFF, value, NULL)
    found = numpy.empty(expected, numpy.int64)
    cdef int64_t *out = <int64_t *>memory_of(found)
    if source.pieces.nbytes < RELEASE_GIL:
        n = find_all(&source.pieces, value, out, expected, offsets)
    else:
        with nogil:
            n = find_all(&source.pieces, value, out, expected, offsets)
    return source.result(found if n == expected else found[:n])  # fewer: the bytes have changed meanwhile


cdef int byte_of(object byte, str caller) except -1:
    value = byte[0] if isinstance(byte, bytes) and len(<bytes>byte) == 1 else byte
    if not isinstance(value, bytes) and 0 <= index(value) <= 255:
        return value
    raise ValueError(f"{caller}: byte must be from 0 to 255, or a bytes of length 1, got {byte!r}")


cdef Py_ssize_t count_all(Source source, unsigned char mask, unsigned char value, int64_t *counts) noexcept:
    if source.pieces.nbytes < RELEASE_GIL:
        return count_pieces(&source.pieces, mask, value, counts)
    with nogil:
        return count_pieces(&source.pieces, mask, value, counts)


cdef Py_ssize_t count_pieces(
    const Pieces *pieces, unsigned char mask, unsigned char value, int64_t *counts
) noexcept nogil:
    cdef Py_ssize_t i, n, total = 0
    cdef Piece piece
    for i in range(pieces.length):
        piece = piece_at(pieces, i)
        n = <Py_ssize_t>count_wanted(piece.base + piece.offset, <size_t>piece.size, mask, value)
        total += n
        if counts != NULL:
            counts[i] = n
    return total


cdef Py_ssize_t find_all(
    const Pieces *pieces, unsigned char byte, int64_t *found, Py_ssize_t limit, int64_t *offsets
) noexcept nogil:
    """The positions of at most `limit` bytes; how many they are."""
    cdef Py_ssize_t i, at, n = 0
    cdef Piece piece
    cdef uint64_t bits
    for i in range(pieces.length):
        piece = piece_at(pieces, i)
        offsets[i] = n
        for at in range(0, piece.size, 64):
            bits = wanted(piece.base + piece.offset + at, <size_t>(piece.size - at), 0xFF, byte)
            while bits != 0 and n < limit:
                found[n] = at + first_bit(bits)
                n += 1
                bits &= bits - 1
    offsets[pieces.length] = n
    return n
