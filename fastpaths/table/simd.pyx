# cython: language_level=3
"""The loops over fixed-width values, by the best kernels; simd.pxd is the design."""

from libc.stdint cimport int32_t, int64_t, uint64_t

cimport fastpaths.table.kernels_x86  # and with them the portable ones

ctypedef void (*Narrow)(
    const void *values, int64_t low, int64_t high, uint64_t flip, uint64_t *mask, Py_ssize_t words
) noexcept nogil

cdef extern from *:
    ctypedef struct Kernels "struct fastpaths_kernels":
        const char *name
        Narrow int64
        Narrow float64
        Narrow codes
        void (*compare)(const int64_t *left, const int64_t *right, uint64_t *less, uint64_t *equal) noexcept nogil
        void (*sum)(
            const int64_t *values, const uint64_t *mask, Py_ssize_t words, uint64_t *sum, int64_t *high
        ) noexcept nogil
        Py_ssize_t (*count)(const uint64_t *mask, Py_ssize_t words) noexcept nogil
        int64_t *(*rows)(const uint64_t *mask, Py_ssize_t words, int64_t start, int64_t *rows) noexcept nogil

    int kernel_sets "fastpaths_kernel_sets" (const Kernels **sets)

cdef const Kernels *sets[3]
cdef int n_sets = kernel_sets(sets)
cdef const Kernels *kernels = sets[n_sets - 1]


def instruction_sets():
    """What this processor has of those that there are kernels for, the best last."""
    return [sets[i].name.decode() for i in range(n_sets)]


def use_instruction_set(name):
    """For tests: from now on, in the whole process. Returns the one before."""
    global kernels
    before = kernels.name.decode()
    kernels = sets[<int>instruction_sets().index(name)]
    return before


def place_of(double value):
    """The place of a float in the order of int64."""
    return place_of_float(value)


cdef void narrow_int64(
    const int64_t *values, int64_t low, int64_t high, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil:
    kernels.int64(values, low, high, -<uint64_t>outside, mask, words)


cdef void narrow_float64(
    const double *values, int64_t low, int64_t high, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil:
    kernels.float64(values, low, high, -<uint64_t>outside, mask, words)


cdef void narrow_codes(
    const int32_t *values, int64_t low, int64_t high, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil:
    kernels.codes(values, low, high, -<uint64_t>outside, mask, words)


cdef void compare_int64(const int64_t *left, const int64_t *right, uint64_t *less, uint64_t *equal) noexcept nogil:
    kernels.compare(left, right, less, equal)


cdef void sum_int64(
    const int64_t *values, const uint64_t *mask, Py_ssize_t words, uint64_t *sum, int64_t *high
) noexcept nogil:
    kernels.sum(values, mask, words, sum, high)


cdef Py_ssize_t count_rows(const uint64_t *mask, Py_ssize_t words) noexcept nogil:
    return kernels.count(mask, words)


cdef int64_t *write_rows(const uint64_t *mask, Py_ssize_t words, int64_t start, int64_t *rows) noexcept nogil:
    return kernels.rows(mask, words, start, rows)
