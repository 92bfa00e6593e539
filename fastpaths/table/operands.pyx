# cython: language_level=3
"""Columns as operands of a comparison; operands.pxd is the design."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy, memset

from fastpaths.columns.binary cimport BinaryView
from fastpaths.columns.vector cimport BOOL_KIND, BYTES_KIND, CATEGORY_KIND, FLOAT64_KIND, STR_KIND, Vector
from fastpaths.table.simd cimport compare_int64
from fastpaths.table.texts cimport Text, compare_text, text_at

cdef extern from *:
    """
    static inline int fastpaths_compare_scaled(int64_t a, int64_t factor_a, int64_t b, int64_t factor_b) {
        __int128 x = (__int128)a * factor_a, y = (__int128)b * factor_b;
        return (x > y) - (x < y);
    }

    /* The exact order: an int64 need not be any double. */
    static inline int fastpaths_compare_mixed(int64_t a, double b) {
        int64_t floor;
        if (!(b < 0x1p63)) return -1;  /* or NaN, the greatest */
        if (b < -0x1p63) return 1;
        floor = (int64_t)b;
        floor -= (double)floor > b;
        if (a != floor) return a < floor ? -1 : 1;
        return (double)floor < b ? -1 : 0;
    }
    """
    int compare_scaled "fastpaths_compare_scaled" (
        int64_t a, int64_t factor_a, int64_t b, int64_t factor_b
    ) noexcept nogil
    int compare_mixed "fastpaths_compare_mixed" (int64_t a, double b) noexcept nogil


cdef BinaryView EMPTY  # what a number beyond the categories stands for

memset(&EMPTY, 0, sizeof(EMPTY))


cdef void compare_numbers(
    const Operand *left, const Operand *right, Py_ssize_t start, Py_ssize_t n, uint64_t *less, uint64_t *equal
) noexcept nogil:
    cdef int64_t lefts[64]
    cdef int64_t rights[64]
    _load(&left.vector, start, n, lefts)
    _load(&right.vector, start, n, rights)
    compare_int64(lefts, rights, less, equal)


cdef inline void _load(const Vector *vector, Py_ssize_t start, Py_ssize_t n, int64_t *numbers) noexcept nogil:
    cdef Py_ssize_t i
    memset(numbers, 0, 64 * sizeof(int64_t))
    if vector.kind in (BOOL_KIND, FLOAT64_KIND):
        for i in range(n):
            numbers[i] = number_at(vector, start + i)
    else:
        memcpy(numbers, <const int64_t *>vector.values + start, <size_t>n * sizeof(int64_t))


cdef int compare_values(const Operand *left, const Operand *right, Py_ssize_t row) noexcept nogil:
    cdef Text text
    if left.vector.kind in (STR_KIND, BYTES_KIND, CATEGORY_KIND):
        text = text_at(_view_at(right, row), _data_of(right))
        return compare_text(_view_at(left, row), _data_of(left), &text)
    if left.vector.kind == FLOAT64_KIND:
        return -compare_mixed(number_at(&right.vector, row), (<const double *>left.vector.values)[row])
    if right.vector.kind == FLOAT64_KIND:
        return compare_mixed(number_at(&left.vector, row), (<const double *>right.vector.values)[row])
    return compare_scaled(number_at(&left.vector, row), left.factor, number_at(&right.vector, row), right.factor)


cdef inline const BinaryView *_view_at(const Operand *operand, Py_ssize_t row) noexcept nogil:
    cdef int32_t code
    if operand.vector.kind != CATEGORY_KIND:
        return <const BinaryView *>operand.vector.values + row
    code = (<const int32_t *>operand.vector.values)[row]
    if not 0 <= code < operand.categories.length:
        return &EMPTY
    return <const BinaryView *>operand.categories.values + code


cdef inline const unsigned char *const *_data_of(const Operand *operand) noexcept nogil:
    return operand.categories.data if operand.vector.kind == CATEGORY_KIND else operand.vector.data
