# cython: language_level=3
"""Bits as Arrow packs them: bit i is bit i % 8 of byte i // 8. In a validity bitmap a set bit says
that the value is there."""

from libc.stdint cimport int64_t


cdef inline bint bit(const unsigned char *bits, Py_ssize_t i) noexcept nogil:
    return bits[i >> 3] >> (i & 7) & 1


cdef inline void set_bit(unsigned char *bits, Py_ssize_t i, bint value) noexcept nogil:
    cdef unsigned char mask = <unsigned char>(1 << (i & 7))
    bits[i >> 3] = bits[i >> 3] | mask if value else bits[i >> 3] & ~mask


cdef inline Py_ssize_t bytes_of_bits(Py_ssize_t n) noexcept nogil:
    return (n + 7) >> 3


cdef inline bint is_row(int64_t row, Py_ssize_t length) noexcept nogil:
    """Whether `row` can be taken from `length` values: one of them, or -1, which stands for a null."""
    return -1 <= row < length


# How many of bits first … first + n - 1 are set.
cdef Py_ssize_t count_set(const unsigned char *bits, Py_ssize_t first, Py_ssize_t n) noexcept nogil

# Those bits from bit 0 on; the rest of the last byte is zeros.
cdef object copy_bits(const unsigned char *bits, Py_ssize_t first, Py_ssize_t n)

# Which of the values at `rows` are there, as packed bits; None: all of them are. `validity` of NULL: no value is null.
cdef object take_validity(
    const unsigned char *validity, Py_ssize_t first, Py_ssize_t length, const int64_t[::1] rows
)

cdef int refuse_row(int64_t row, Py_ssize_t i, Py_ssize_t length) except -1  # raises the IndexError for rows[i]
