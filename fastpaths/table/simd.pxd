# cython: language_level=3
"""The loops over fixed-width values, 64 at a time, by the best instructions that the processor has.

Such a value of any type has a place in the order of int64: integers their own, and of floats that in which SQL databases
sort: -0.0 where 0.0 is, NaN above all others. So every comparison with a constant asks whether a number lies in a range,
or outside.

Word w of a mask stands for 64 values from 64 * w on, and these are not read if it is zero. Only where a function says
so has it to be all 64 of them that are there.
"""

from libc.stdint cimport int32_t, int64_t, uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

    static inline int64_t fastpaths_place(double value) {
        int64_t bits;
        value += 0.0;
        if (value != value) return INT64_MAX;
        memcpy(&bits, &value, sizeof bits);
        return bits ^ (int64_t)((uint64_t)(bits >> 63) >> 1);
    }

    static inline double fastpaths_at_place(int64_t place) {
        double value;
        place ^= (int64_t)((uint64_t)(place >> 63) >> 1);
        memcpy(&value, &place, sizeof value);
        return value;
    }
    """
    int64_t place_of_float "fastpaths_place" (double value) noexcept nogil
    double float_at_place "fastpaths_at_place" (int64_t place) noexcept nogil

# Clears the bits of values that are not in low … high, or (`outside`) of those that are. low <= high, and of codes
# neither is negative. Reads 64 values a word.
cdef void narrow_int64(
    const int64_t *values, int64_t low, int64_t high, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil
cdef void narrow_float64(
    const double *values, int64_t low, int64_t high, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil
cdef void narrow_codes(
    const int32_t *values, int64_t low, int64_t high, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil

# Which of 64 values are less than their opposite numbers, and which equal.
cdef void compare_int64(const int64_t *left, const int64_t *right, uint64_t *less, uint64_t *equal) noexcept nogil

# Adds the selected values to `sum`, modulo 2**64, and their high halves, value >> 32, to `high`.
cdef void sum_int64(
    const int64_t *values, const uint64_t *mask, Py_ssize_t words, uint64_t *sum, int64_t *high
) noexcept nogil

cdef Py_ssize_t count_rows(const uint64_t *mask, Py_ssize_t words) noexcept nogil

# Writes the numbers of the selected rows, the first bit's being `start`; returns where the next one goes.
cdef int64_t *write_rows(const uint64_t *mask, Py_ssize_t words, int64_t start, int64_t *rows) noexcept nogil
