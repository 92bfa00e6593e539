# cython: language_level=3
"""Numbers against a range, or against other numbers, 64 at a time: a bit each.

Fixed-width values of any type have their place in the order of int64: integers their own, and of floats the order that
SQL databases sort by: -0.0 where 0.0 is, NaN above all others. So every comparison with a constant asks whether a
number lies in a range, or outside.

Each loop exists in portable C, which compilers make vectors of, and with AVX2, for processors that have it.
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

# Clears the bits of values that are not in low … high, or (`outside`) of those that are. Word w of the mask stands for
# 64 values from 64 * w on; those of a word that is zero are not read. low <= high; of codes, both are >= 0.
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
