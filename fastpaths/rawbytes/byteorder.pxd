# cython: language_level=3
"""Unsigned integers from bytes, in either order, at any address. Compilers make one load of each.

The caller has checked that the bytes are there.
"""

from libc.stdint cimport uint16_t, uint32_t, uint64_t


cdef inline uint16_t big16(const unsigned char *p) noexcept nogil:
    return <uint16_t>(p[0] << 8 | p[1])


cdef inline uint32_t big32(const unsigned char *p) noexcept nogil:
    return <uint32_t>p[0] << 24 | <uint32_t>p[1] << 16 | <uint32_t>p[2] << 8 | p[3]


cdef inline uint64_t big64(const unsigned char *p) noexcept nogil:
    return <uint64_t>big32(p) << 32 | big32(p + 4)


cdef inline uint16_t little16(const unsigned char *p) noexcept nogil:
    return <uint16_t>(p[1] << 8 | p[0])


cdef inline uint32_t little32(const unsigned char *p) noexcept nogil:
    return <uint32_t>p[3] << 24 | <uint32_t>p[2] << 16 | <uint32_t>p[1] << 8 | p[0]


cdef inline uint64_t little64(const unsigned char *p) noexcept nogil:
    return <uint64_t>little32(p + 4) << 32 | little32(p)
