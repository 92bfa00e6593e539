# cython: language_level=3
"""A predicate as compiled code runs it: a tree of nodes, of which each narrows masks.

A node selects the rows for which its predicate is true, in SQL's logic of three values; where it is false or unknown
they are the same to it. That is enough, since predicates that are negated have nodes of their own: what NOT stands
before is moved inwards by De Morgan's laws, which hold in three values too, until it negates single tests.
"""

from libc.stdint cimport int64_t, uint16_t, uint64_t

from fastpaths.table.operands cimport Operand
from fastpaths.table.texts cimport Text

cdef enum Form:
    NOTHING         # no row
    ANYTHING        # every row
    ALL_OF          # what all children select
    ANY_OF
    PRESENT         # rows that are not null; the tests below select among these
    IN_RANGES       # in one of `ranges`, in the order that simd.pxd speaks of; of categories: their numbers
    IN_NUMBERS      # one of `numbers`, in that order
    IN_CODES        # a category whose bit is set in `codes`
    EQUAL_TEXT      # the text
    COMPARED_TEXT   # how it compares with the text is one of `outcomes`
    IN_TEXTS        # one of `texts`
    LIKE_PATTERN
    COLUMNS         # how it compares with another column is one of `outcomes`
    NUMBER_COLUMNS  # the same, of two columns whose numbers have one order

cdef enum:  # outcomes
    LESS = 1
    EQUAL = 2
    GREATER = 4

cdef struct Range:
    int64_t low, high   # low <= high, both in it

cdef struct Node:
    Form form
    bint negated        # a test selects the rows that it would not
    Operand left
    Operand right       # of the two last forms
    int outcomes
    Py_ssize_t size     # how many there are of what follows
    const Range *ranges     # without common numbers
    const int64_t *numbers  # ascending
    const Text *texts       # ascending
    const uint16_t *pattern
    const uint64_t *codes
    Node *first         # child
    Node *next          # sibling


# Clears the bits of rows that are not selected. The mask is of n rows from `start`, a multiple of BLOCK, on.
cdef void narrow(const Node *node, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil
