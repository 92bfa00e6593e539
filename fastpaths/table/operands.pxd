# cython: language_level=3
"""Columns as operands of a comparison with each other."""

from libc.stdint cimport int64_t, uint64_t

from fastpaths.columns.bits cimport bit
from fastpaths.columns.vector cimport BOOL_KIND, FLOAT64_KIND, Vector
from fastpaths.table.simd cimport place_of_float

cdef struct Operand:
    Py_ssize_t column   # its number in the source
    Vector vector
    Vector categories   # of a category column
    int64_t factor      # of integers: what brings both operands to one scale


cdef inline int64_t number_at(const Vector *vector, Py_ssize_t row) noexcept nogil:
    """The place of a number, in the order that simd.pxd speaks of."""
    if vector.kind == BOOL_KIND:
        return bit(<const unsigned char *>vector.values, row)
    if vector.kind == FLOAT64_KIND:
        return place_of_float((<const double *>vector.values)[row])
    return (<const int64_t *>vector.values)[row]


# Which of n <= 64 numbers from row `start` on are less than their opposite numbers, and which equal: a bit each, and
# those behind the last are anything. Both columns have the same type.
cdef void compare_numbers(
    const Operand *left, const Operand *right, Py_ssize_t start, Py_ssize_t n, uint64_t *less, uint64_t *equal
) noexcept nogil

# -1, 0 or 1, of two strings, two integers, or an integer and a float.
cdef int compare_values(const Operand *left, const Operand *right, Py_ssize_t row) noexcept nogil
