# cython: language_level=3
"""A scan: the rows of a source that filters select, block by block, a mask each.

Where an index of a column finds the rows of one filter much sooner than a scan of the column would, the scan visits
these rows only, and asks the other filters about them.

    scan = Scan(source, filters)
    try:
        scan.open()   # until it is closed the source is being read: no Python code
        … while next_block(&scan.state, mask): …   # without the GIL, if scan.releases_gil
    finally:
        scan.close()
"""

from libc.stdint cimport int64_t, uint64_t

from fastpaths.table.filters cimport Program
from fastpaths.table.nodes cimport Node
from fastpaths.table.source cimport Source

cdef struct State:
    Py_ssize_t length           # rows of the source
    const Node *root
    const int64_t *rows         # to visit, ascending; NULL: all
    Py_ssize_t rows_left
    Py_ssize_t next             # row to go on from
    Py_ssize_t start            # of the block: its first row, and how many it has
    Py_ssize_t n


cdef class Scan:
    cdef State state
    cdef Source source
    cdef Program program
    cdef dict estimates         # of indexes: number of a filter -> rows
    cdef Py_ssize_t indexed     # number of the filter that an index has answered; -1: none
    cdef object found           # what it answered: int64[n]
    cdef bint releases_gil
    cdef bint is_open

    cdef int open(self) except -1
    cdef int close(self) except -1


# The next block in which rows are selected, and their mask.
cdef bint next_block(State *state, uint64_t *mask) noexcept nogil
