# cython: language_level=3
"""Reads varints; varint.pxd says what they are."""

from libc.stdint cimport int64_t, uint64_t

from .byteorder cimport little64
from .scan cimport count_bits, first_bit, wanted
from .scanning cimport count_all
from .source cimport RELEASE_GIL, Piece, Pieces, Source, memory_of, piece_at, source_of
from .varint cimport CUT_SHORT, LONGEST, TOO_LONG, from_zigzag, join_sevens, read_varint

import numpy

from .errors import CorruptVarint

cdef struct Decoded:
    Py_ssize_t count
    Py_ssize_t offset  # where the next begins: the end of the bytes, or of those that could be read
    int problem        # of that one


def varint(buffer not None, Py_ssize_t offset=0, bint zigzag=False):
    """The varint (LEB128, as protobuf and Kafka have it) at a byte of a buffer: (value, where the next one begins).

    A value is from 0 to 2**64 - 1; zigzag: signed, from -2**63 to 2**63 - 1.

    CorruptVarint if it is cut short by the end of the buffer, takes more than 10 bytes, or has more than 64 bits;
    IndexError for an offset outside the buffer.
    """
    cdef Source source = source_of(buffer)
    cdef uint64_t value = 0
    if source.column is not None:
        raise TypeError("varint: expected one buffer, found a BinaryColumn; varints reads all of a column")
    if not 0 <= offset <= source.pieces.nbytes:
        raise IndexError(f"varint: offset {offset} is outside the buffer of {source.pieces.nbytes} bytes")
    cdef int size = read_varint(source.start + offset, source.pieces.nbytes - offset, &value)
    if size <= 0:
        raise CorruptVarint(offset, problem_of(size, source.start + offset, source.pieces.nbytes - offset))
    return (from_zigzag(value) if zigzag else value), offset + size


def varints(buffer not None, bint zigzag=False):
    """All the varints that a buffer consists of: uint64[n]; zigzag: signed, int64[n].

    CorruptVarint names the first that is cut short by the end of the buffer, takes more than 10 bytes, or has more than
    64 bits; buffer[:error.offset] are those before it.

    Of a BinaryColumn, every value is such a buffer: (values, offsets), those of value i are
    values[offsets[i] : offsets[i + 1]]; a null has none.

    A buffer that is not contiguous is refused by its exporter: BufferError, from numpy ValueError. The GIL is released
    from 256 KiB on.
    """
    cdef Source source = source_of(buffer)
    cdef int64_t *offsets = source.new_offsets()
    cdef Py_ssize_t place = 0, expected = count_all(source, 0x80, 0, NULL)
    values = numpy.empty(expected, numpy.int64 if zigzag else numpy.uint64)
    cdef uint64_t *out = <uint64_t *>memory_of(values)
    cdef Decoded all
    if source.pieces.nbytes < RELEASE_GIL:
        all = decode_all(&source.pieces, zigzag, out, expected, offsets, &place)
    else:
        with nogil:
            all = decode_all(&source.pieces, zigzag, out, expected, offsets, &place)
    cdef Piece piece
    if place < source.pieces.length:
        piece = piece_at(&source.pieces, place)
        problem = problem_of(all.problem, piece.base + piece.offset + all.offset, piece.size - all.offset)
        raise CorruptVarint(all.offset, problem, None if source.column is None else place)
    return source.result(values if all.count == expected else values[: all.count])  # fewer: the bytes have changed


cdef str problem_of(int problem, const unsigned char *data, Py_ssize_t size):
    if problem == CUT_SHORT:
        return f"expected a last byte, below 0x80, found the end of the buffer after {size} bytes"
    if problem == TOO_LONG:
        return f"expected at most {LONGEST} bytes, found {LONGEST} of which none is the last, below 0x80"
    return f"expected at most 64 bits, found {data[LONGEST - 1]:#04x} as the {LONGEST}th byte"


cdef Decoded decode_all(
    const Pieces *pieces, bint zigzag, uint64_t *values, Py_ssize_t limit, int64_t *offsets, Py_ssize_t *place
) noexcept nogil:
    """At most `limit` values of every piece, up to one that cannot be read: it is in piece place[0], else length."""
    cdef Decoded one, all = Decoded(0, 0, 0)
    cdef Piece piece
    cdef Py_ssize_t i
    for i in range(pieces.length):
        piece = piece_at(pieces, i)
        offsets[i] = all.count
        if zigzag:
            one = decode(piece.base + piece.offset, piece.size, True, values + all.count, limit - all.count)
        else:
            one = decode(piece.base + piece.offset, piece.size, False, values + all.count, limit - all.count)
        all.count += one.count
        if one.offset < piece.size:
            place[0] = i
            all.offset = one.offset
            all.problem = one.problem
            return all
    offsets[pieces.length] = all.count
    place[0] = pieces.length
    return all


cdef inline Decoded decode(
    const unsigned char *data, Py_ssize_t size, bint zigzag, uint64_t *values, Py_ssize_t limit
) noexcept nogil:
    cdef Py_ssize_t at, end, length, start = 0, n = 0
    cdef uint64_t ends, value = 0
    cdef int i, got = 0
    for at in range(0, size, 64):
        ends = wanted(data + at, <size_t>(size - at), 0x80, 0)
        if limit - n < 64 and count_bits(ends) > limit - n:
            return Decoded(n, start, 0)
        if ends == <uint64_t>-1 and start == at:  # 64 of one byte
            for i in range(64):
                values[n + i] = <uint64_t>from_zigzag(data[at + i]) if zigzag else data[at + i]
            start += 64
            n += 64
            continue
        if (~ends & ~ends << 1) == 0 and start + 1 >= at:  # none of more than two bytes
            while ends != 0:
                end = at + first_bit(ends)
                ends &= ends - 1
                value = (data[start] & 0x7F) | (<uint64_t>data[end] << 7 & (0 - <uint64_t>(end - start)))
                values[n] = <uint64_t>from_zigzag(value) if zigzag else value
                start = end + 1
                n += 1
            continue
        while ends != 0:
            end = at + first_bit(ends) + 1
            ends &= ends - 1
            length = end - start
            if length <= 8 and size - start >= 8:
                value = join_sevens(little64(data + start) & <uint64_t>-1 >> 64 - 8 * length)
            else:
                got = read_varint(data + start, length, &value)
                if got <= 0:
                    return Decoded(n, start, got)
            values[n] = <uint64_t>from_zigzag(value) if zigzag else value
            start = end
            n += 1
    if start < size:
        got = read_varint(data + start, size - start, &value)
    return Decoded(n, start, got)
