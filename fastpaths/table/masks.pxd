# cython: language_level=3
"""Masks: a bit a row, of a block of rows at a time, so that masks and what they select stay in the first cache.

A mask begins with the bits of all rows that may be selected; each filter clears some. It never has a bit of a row
behind the last.
"""

from libc.stdint cimport uint64_t
from libc.string cimport memcpy, memset

cdef enum:
    WORDS = 16             # of a mask
    BLOCK = 64 * WORDS     # rows

cdef extern from *:
    """
    #include <stdint.h>

    static inline int fastpaths_lowest_of_64(uint64_t word) { return __builtin_ctzll(word); }
    """
    int lowest "fastpaths_lowest_of_64" (uint64_t word) noexcept nogil  # the number of its lowest bit; not of 0


cdef inline void fill(uint64_t *mask, Py_ssize_t n) noexcept nogil:
    """The bits of n rows. 0 <= n <= BLOCK."""
    memset(mask, 0, WORDS * sizeof(uint64_t))
    memset(mask, 0xFF, <size_t>(n >> 6) * sizeof(uint64_t))
    if n & 63:
        mask[n >> 6] = (<uint64_t>1 << (n & 63)) - 1


cdef inline bint is_empty(const uint64_t *mask) noexcept nogil:
    cdef uint64_t together = 0
    cdef int w
    for w in range(WORDS):
        together |= mask[w]
    return together == 0


cdef inline void take_bits(const unsigned char *bits, Py_ssize_t start, Py_ssize_t n, uint64_t *block) noexcept nogil:
    """The bits of n rows from `start`, a multiple of BLOCK, on. Those behind the last are anything."""
    memset(block, 0, WORDS * sizeof(uint64_t))
    memcpy(block, bits + (start >> 3), <size_t>(n + 7 >> 3))


cdef inline void keep_present(
    const unsigned char *validity, Py_ssize_t start, Py_ssize_t n, bint negated, uint64_t *mask
) noexcept nogil:
    """Rows that are not null; negated, rows that are."""
    cdef uint64_t bits[WORDS]
    cdef uint64_t flip = -<uint64_t>negated
    cdef int w
    if validity == NULL:
        if negated:
            memset(mask, 0, WORDS * sizeof(uint64_t))
        return
    take_bits(validity, start, n, bits)
    for w in range(WORDS):
        mask[w] &= bits[w] ^ flip
