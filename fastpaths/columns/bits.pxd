# cython: language_level=3
"""Bits as Arrow packs them: bit i is bit i % 8 of byte i // 8. In a validity bitmap a set bit says
that the value is there."""

cdef inline bint bit(const unsigned char *bits, Py_ssize_t i) noexcept nogil:
    return bits[i >> 3] >> (i & 7) & 1


cdef inline void set_bit(unsigned char *bits, Py_ssize_t i, bint value) noexcept nogil:
    cdef unsigned char mask = <unsigned char>(1 << (i & 7))
    bits[i >> 3] = bits[i >> 3] | mask if value else bits[i >> 3] & ~mask


cdef inline Py_ssize_t bytes_of_bits(Py_ssize_t n) noexcept nogil:
    return (n + 7) >> 3
