# cython: language_level=3
"""Packed bits, many at a time; bits.pxd is the design."""

cimport cython
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

import numpy

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define fastpaths_popcount(word) __builtin_popcountll(word)
    #else
    #include <intrin.h>
    #define fastpaths_popcount(word) ((int)__popcnt64(word))
    #endif
    """
    int fastpaths_popcount(uint64_t word) noexcept nogil


cdef Py_ssize_t count_set(const unsigned char *bits, Py_ssize_t first, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t i = first, end = first + n, count = 0
    cdef uint64_t word = 0
    while i < end and i & 7:
        count += bit(bits, i)
        i += 1
    while end - i >= 64:
        memcpy(&word, bits + (i >> 3), 8)
        count += fastpaths_popcount(word)
        i += 64
    while i < end:
        count += bit(bits, i)
        i += 1
    return count


cdef object copy_bits(const unsigned char *bits, Py_ssize_t first, Py_ssize_t n):
    copy = numpy.empty(bytes_of_bits(n), numpy.uint8)
    if n == 0:
        return copy
    cdef unsigned char[::1] target = copy
    cdef const unsigned char *source = bits + (first >> 3)
    cdef Py_ssize_t i, last = bytes_of_bits(n) - 1
    cdef int shift = first & 7
    if shift == 0:
        memcpy(&target[0], source, <size_t>last + 1)
    else:
        for i in range(last):
            (&target[0])[i] = <unsigned char>((source[i] | source[i + 1] << 8) >> shift)
        (&target[0])[last] = source[last] >> shift
        if last + 1 < bytes_of_bits(shift + n):
            (&target[0])[last] |= <unsigned char>(source[last + 1] << (8 - shift))
    if n & 7:
        (&target[0])[last] &= <unsigned char>((1 << (n & 7)) - 1)
    return copy


cdef object take_validity(
    const unsigned char *validity, Py_ssize_t first, Py_ssize_t length, const int64_t[::1] rows
):
    taken = numpy.empty(bytes_of_bits(rows.shape[0]), numpy.uint8)
    return taken if _take(validity, first, length, rows, taken) < rows.shape[0] else None


@cython.boundscheck(False)
@cython.wraparound(False)
cdef Py_ssize_t _take(
    const unsigned char *bits, Py_ssize_t first, Py_ssize_t length, const int64_t[::1] rows, unsigned char[::1] taken
) except -1:
    """The bits at `rows`, no bits being all set; how many of them are set."""
    cdef Py_ssize_t i, count = 0
    cdef int64_t row
    cdef unsigned int byte = 0, value
    for i in range(rows.shape[0]):
        row = rows[i]
        if not is_row(row, length):
            refuse_row(row, i, length)
        value = row >= 0 and (bits == NULL or bit(bits, first + row))
        count += value
        byte |= value << (i & 7)
        if i & 7 == 7:
            taken[i >> 3] = <unsigned char>byte
            byte = 0
    if rows.shape[0] & 7:
        taken[rows.shape[0] >> 3] = <unsigned char>byte
    return count


cdef int refuse_row(int64_t row, Py_ssize_t i, Py_ssize_t length) except -1:
    raise IndexError(f"rows[{i}] = {row} of a column of {length} values")


cdef const unsigned char *_checked(const unsigned char[::1] bits, Py_ssize_t start, Py_ssize_t length) except? NULL:
    if start < 0 or length < 0 or bits.shape[0] < bytes_of_bits(start + length):
        raise ValueError(f"bits {start} … {start + length} of {bits.shape[0]} bytes")
    return &bits[0] if bits.shape[0] > 0 else NULL


def count_bits(const unsigned char[::1] bits not None, Py_ssize_t length):
    """How many of the first `length` bits are set."""
    return count_set(_checked(bits, 0, length), 0, length)


def slice_bits(const unsigned char[::1] bits not None, Py_ssize_t start, Py_ssize_t length):
    """Bits start … start + length - 1, from bit 0 on, as uint8."""
    return copy_bits(_checked(bits, start, length), start, length)


def take_bits(const unsigned char[::1] bits not None, Py_ssize_t length, const int64_t[::1] rows not None):
    """Of `length` bits those at `rows`, as uint8; row -1 gives an unset one."""
    taken = numpy.empty(bytes_of_bits(rows.shape[0]), numpy.uint8)
    _take(_checked(bits, 0, length), 0, length, rows, taken)
    return taken


def take_validities(const unsigned char[::1] validity, Py_ssize_t length, const int64_t[::1] rows not None):
    """The same of a validity, where None says that all `length` values are there, as it does in the result."""
    if validity is None:
        return take_validity(NULL, 0, length, rows)
    return take_validity(_checked(validity, 0, length), 0, length, rows)
