# cython: language_level=3
"""Varints as records have them: zigzag (the sign in bit 0), seven bits a byte, the lowest first, at most ten bytes.

The reader of rawbytes/varint.pxd does the same for data in general; by way of it decoding takes 8 % longer.
"""

from libc.stdint cimport int64_t, uint64_t

cdef extern from *:
    """
    #define fastpaths_highest_bit(word) (63 - __builtin_clzll(word))
    """
    int highest_bit "fastpaths_highest_bit" (uint64_t word) noexcept nogil  # of a word that is not 0


cdef inline uint64_t zigzag(int64_t value) noexcept nogil:
    return <uint64_t>value << 1 ^ <uint64_t>(value >> 63)


cdef inline const unsigned char *read_varint(
    const unsigned char *at, const unsigned char *end, int64_t *value
) noexcept nogil:
    """Where the varint at `at` ends; NULL if that is not before `end`, or if it has more than 64 bits or ten bytes."""
    cdef uint64_t bits = 0
    cdef unsigned char byte
    cdef int shift = 0
    while at < end and shift < 70:
        byte = at[0]
        at += 1
        bits |= <uint64_t>(byte & 0x7F) << shift
        if byte < 0x80:
            if shift == 63 and byte > 1:
                return NULL
            value[0] = <int64_t>(bits >> 1 ^ (0 - (bits & 1)))
            return at
        shift += 7
    return NULL


cdef inline const unsigned char *read_short_varint(
    const unsigned char *at, const unsigned char *end, int64_t *value
) noexcept nogil:
    """The same, for where one or two bytes are usual."""
    cdef uint64_t bits
    if end - at >= 2:
        if at[0] < 0x80:
            value[0] = at[0] >> 1 ^ -(at[0] & 1)
            return at + 1
        if at[1] < 0x80:
            bits = <uint64_t>(at[0] & 0x7F | at[1] << 7)
            value[0] = <int64_t>(bits >> 1 ^ (0 - (bits & 1)))
            return at + 2
    return read_varint(at, end, value)


cdef inline int size_of_varint(int64_t value) noexcept nogil:
    cdef uint64_t bits = zigzag(value)
    if bits < 0x80:
        return 1
    if bits < 0x4000:
        return 2
    return (highest_bit(bits) * 9 + 73) >> 6


cdef inline unsigned char *write_varint(unsigned char *at, int64_t value) noexcept nogil:
    """Where it ends; size_of_varint(value) bytes are free at `at`."""
    cdef uint64_t bits = zigzag(value)
    while bits >= 0x80:
        at[0] = <unsigned char>(bits | 0x80)
        bits >>= 7
        at += 1
    at[0] = <unsigned char>bits
    return at + 1
