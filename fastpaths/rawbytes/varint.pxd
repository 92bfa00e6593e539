# cython: language_level=3
"""A varint: seven bits a byte, the lowest first; bit 7 is set in every byte but the last. 64 bits take at most 10.

Zeros at the high end are no error. Zigzag puts the sign in bit 0: 0, -1, 1, -2 are 0, 1, 2, 3.
"""

from libc.stdint cimport int64_t, uint64_t

cdef enum:
    LONGEST = 10  # bytes

    CUT_SHORT = 0
    TOO_LONG = -1
    TOO_LARGE = -2


cdef inline int read_varint(const unsigned char *data, Py_ssize_t size, uint64_t *value) noexcept nogil:
    """Bytes of the varint that `data` begins with; or CUT_SHORT, TOO_LONG, TOO_LARGE, and no value."""
    cdef uint64_t bits = 0
    cdef int i
    for i in range(<int>min(size, <Py_ssize_t>LONGEST)):
        bits |= <uint64_t>(data[i] & 0x7F) << 7 * i
        if data[i] < 0x80:
            if i == LONGEST - 1 and data[i] > 1:
                return TOO_LARGE
            value[0] = bits
            return i + 1
    return TOO_LONG if size >= LONGEST else CUT_SHORT


cdef inline uint64_t join_sevens(uint64_t word) noexcept nogil:
    """The lower seven bits of each of eight bytes, the first byte's lowest."""
    word = (word & 0x007F007F007F007FULL) | (word & 0x7F007F007F007F00ULL) >> 1
    word = (word & 0x00003FFF00003FFFULL) | (word & 0x3FFF00003FFF0000ULL) >> 2
    return (word & 0x000000000FFFFFFFULL) | (word & 0x0FFFFFFF00000000ULL) >> 4


cdef inline int64_t from_zigzag(uint64_t value) noexcept nogil:
    return <int64_t>(value >> 1 ^ (0 - (value & 1)))
