# cython: language_level=3
"""Scans; scan.pxd is the design."""

cimport cython
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memset

from fastpaths.columns.vector cimport BOOL_KIND, FLOAT64_KIND, Vector
from fastpaths.table.filters cimport Filter, Program
from fastpaths.table.masks cimport BLOCK, WORDS, fill, is_empty
from fastpaths.table.nodes cimport narrow
from fastpaths.table.simd cimport count_rows, float_at_place, write_rows
from fastpaths.table.source cimport Source

import numpy

cdef enum:
    GIL_FREE = 65536      # rows: to scan fewer takes some 20 µs
    ROWS_PER_LOOKUP = 16  # that a scan passes in the time in which an index finds one


cdef struct Block:  # some of its rows are selected
    Py_ssize_t start
    uint64_t mask[WORDS]


cdef bint next_block(State *state, uint64_t *mask) noexcept nogil:
    while True:
        if state.rows == NULL:
            state.start = state.next
            if state.start >= state.length:
                return False
            state.n = min(<Py_ssize_t>BLOCK, state.length - state.start)
            state.next += BLOCK
            fill(mask, state.n)
        elif not _take_rows(state, mask):
            return False
        narrow(state.root, state.start, state.n, mask)
        if not is_empty(mask):
            return True


cdef bint _take_rows(State *state, uint64_t *mask) noexcept nogil:
    """Those of one block."""
    cdef Py_ssize_t row
    if state.rows_left == 0:
        return False
    state.start = state.rows[0] - state.rows[0] % BLOCK
    state.n = min(<Py_ssize_t>BLOCK, state.length - state.start)
    memset(mask, 0, WORDS * sizeof(uint64_t))
    while state.rows_left and state.rows[0] < state.start + BLOCK:
        row = state.rows[0] - state.start
        mask[row >> 6] |= <uint64_t>1 << (row & 63)
        state.rows += 1
        state.rows_left -= 1
    return True


@cython.final
cdef class Scan:

    def __cinit__(self, Source source not None, list filters not None):
        self.source = source
        self.program = Program(filters)
        self.estimates = {}
        self.indexed = -1

    cdef int open(self) except -1:
        cdef bint may_release = self.source.begin_read()
        self.is_open = True
        self.state.length = self.source.length()
        _choose_index(self)
        self.program.open(self.source, self.indexed)
        self.state.root = self.program.nodes
        self.releases_gil = may_release and self.state.length >= GIL_FREE and self.found is None
        return 0

    cdef int close(self) except -1:
        if self.is_open:
            self.is_open = False
            self.source.end_read()
        return 0


cdef int _choose_index(Scan scan) except -1:
    cdef Py_ssize_t i, rows, best = scan.state.length // ROWS_PER_LOOKUP
    cdef const int64_t[::1] found
    cdef Filter filter
    chosen = None
    for i in range(len(scan.program.filters)):
        filter = scan.program.filters[i]
        index = None if filter.values is None else scan.source.index(filter.node.left.column)
        if index is not None:
            values = _values_of(filter, scan.source)
            scan.estimates[i] = rows = index.count(values)
            if rows <= best:
                best, chosen, scan.indexed = rows, (index, values), i
    if chosen is not None:
        index, values = chosen
        scan.found = found = index.rows(values)
        _check_rows(found, scan.state.length)
        scan.state.rows_left = found.shape[0]
        scan.state.rows = &found[0] if found.shape[0] else <const int64_t *>&scan.state  # anything but NULL
    return 0


cdef list _values_of(Filter filter, Source source):
    """As the column's index takes them."""
    cdef Vector vector
    source.vector(filter.node.left.column, &vector)
    if vector.kind == FLOAT64_KIND:
        return [float_at_place(place) for place in filter.values]
    if vector.kind == BOOL_KIND:
        return [place == 1 for place in filter.values]
    return filter.values


cdef int _check_rows(const int64_t[::1] rows, Py_ssize_t length) except -1:
    cdef Py_ssize_t i
    cdef int64_t before = -1
    for i in range(rows.shape[0]):
        if not before < rows[i] < length:
            raise ValueError(f"an index names row {rows[i]} after row {before}, of {length}")
        before = rows[i]
    return 0


@cython.boundscheck(False)
def select(Source source not None, list filters not None):
    """The rows that all filters select: int64[n], ascending."""
    cdef Scan scan = Scan(source, filters)
    cdef Selection selection = Selection()
    cdef int64_t[::1] rows
    try:
        scan.open()
        if scan.found is not None and len(filters) == 1:
            return scan.found
        selection.reserve(&scan.state)
        if scan.releases_gil:
            with nogil:
                selection.run(&scan.state)
        else:
            selection.run(&scan.state)
    finally:
        scan.close()
    result = rows = numpy.empty(selection.length, numpy.int64)
    if selection.length >= GIL_FREE:
        with nogil:
            selection.write(&rows[0])
    elif selection.length:
        selection.write(&rows[0])
    return result


def examine(Source source not None, list filters not None):
    """How they are scanned: rows of the source; the rows that indexes count for filters, by their numbers; and the
    numbers in the order in which the filters are asked, with the rows that each leaves. The first one is answered by its
    index if the last of the four says so."""
    cdef Scan scan = Scan(source, filters)
    try:
        scan.open()
    finally:
        scan.close()
    order = sorted(range(len(filters)), key=scan.indexed.__ne__)
    left = [len(select(source, [filters[i] for i in order[:step + 1]])) for step in range(len(order))]
    return scan.state.length, scan.estimates, dict(zip(order, left)), scan.indexed >= 0


@cython.final
cdef class Selection:
    """The masks of a scan, where they select any row."""
    cdef Block *blocks
    cdef Py_ssize_t used
    cdef Py_ssize_t length  # rows

    def __dealloc__(self):
        PyMem_RawFree(self.blocks)

    cdef int reserve(self, const State *state) except -1:
        cdef Py_ssize_t most = (state.length + BLOCK - 1) // BLOCK
        if state.rows != NULL:
            most = min(most, state.rows_left)
        self.blocks = <Block *>PyMem_RawMalloc(<size_t>most * sizeof(Block))
        if self.blocks == NULL:
            raise MemoryError
        return 0

    cdef void run(self, State *state) noexcept nogil:
        while next_block(state, self.blocks[self.used].mask):
            self.blocks[self.used].start = state.start
            self.length += count_rows(self.blocks[self.used].mask, WORDS)
            self.used += 1

    cdef void write(self, int64_t *rows) noexcept nogil:
        cdef Py_ssize_t i
        for i in range(self.used):
            rows = write_rows(self.blocks[i].mask, WORDS, self.blocks[i].start, rows)
