# cython: language_level=3
"""A tally: what an aggregate has seen of a column, block by block.

Sums of integers are exact: the sum modulo 2**64 tells what the low halves add up to, which for 2**32 rows is less. Sums of floats are made in LANES, in an order that depends on the rows alone.
"""

from libc.stdint cimport int64_t, uint64_t

from fastpaths.columns.vector cimport Vector
from fastpaths.table.texts cimport Text

cdef enum Function:
    COUNT
    SUM
    EXTREMES   # the least and the greatest

cdef enum:
    LANES = 8

cdef struct Tally:
    Function function
    Vector vector
    int64_t count               # values that are not null
    uint64_t sum                # SUM of integers: modulo 2**64
    int64_t high                # and of their high halves, value >> 32
    double lanes[LANES]         # SUM of floats: row i is in lane i % LANES
    int64_t least               # EXTREMES of numbers, in the order that simd.pxd speaks of
    int64_t greatest
    Text least_text             # EXTREMES of strings, which stay where they are; its data is NULL before the first
    Text greatest_text
    Vector categories           # EXTREMES of categories
    unsigned char *seen         # a byte for each


cdef Tally new_tally(Function function, Vector vector) noexcept nogil
cdef int add_categories(Tally *tally, Vector categories) noexcept nogil  # of a category column; -1: no memory

# Takes the rows of the mask, which is of n rows from `start`, a multiple of BLOCK, on.
cdef void take_block(Tally *tally, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil

# Afterwards the extreme texts are those of the categories seen, too.
cdef void finish(Tally *tally) noexcept nogil
cdef void free_tally(Tally *tally) noexcept nogil
