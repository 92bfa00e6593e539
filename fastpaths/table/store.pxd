# cython: language_level=3
"""A store: one column of a table, which grows, changes, and can be exported without a copy.

Values and validity lie in blocks (columns/blocks.pxd), as a Vector describes them; long strings in an arena. What is
exported never changes: rows that an export may show are copied first (`own_rows`), all of them, once. Rows appended
behind them are not.

A change of several stores is prepared first: `reserve_rows`, `own_rows` and `keep_cell` may find no memory; then what
changes rows, `put_cell` and `move_last`, needs none.
"""

from fastpaths.columns.vector cimport Kind, Vector
from fastpaths.table.arena cimport Arena
from fastpaths.table.cell cimport Cell

cdef struct Store:             # all zero but its kind: empty
    Kind kind
    Py_ssize_t length
    Py_ssize_t capacity
    void *values
    unsigned char *validity    # a bit a row; NULL: none has ever been null
    Py_ssize_t nulls
    Py_ssize_t exported        # rows, from the first on, that exports may show
    Arena arena                # of str and bytes

cdef int reserve_rows(Store *store, Py_ssize_t capacity) noexcept nogil  # -1: no memory
cdef int reserve_nulls(Store *store) noexcept nogil  # so that rows may be null; -1: no memory
cdef int own_rows(Store *store, Py_ssize_t first) noexcept nogil  # before rows from `first` on change; -1: no memory
cdef int append_cell(Store *store, const Cell *cell) noexcept nogil  # not null, there is capacity; -1: no memory
cdef int keep_cell(Store *store, Cell *cell) noexcept nogil  # its bytes in the arena; -1: no memory
cdef void add_rows(Store *store, Py_ssize_t n) noexcept nogil  # zeros, there is capacity; not null
cdef void append_vector(Store *store, const Vector *vector) noexcept nogil  # the same kind, kept; there is capacity
cdef void put_cell(Store *store, Py_ssize_t row, const Cell *cell) noexcept nogil  # which is kept
cdef void move_last(Store *store, Py_ssize_t row) noexcept nogil  # to `row`, which is let go
cdef void compact_store(Store *store) noexcept nogil  # if most of what its strings take is garbage
cdef void free_store(Store *store) noexcept nogil
cdef Vector store_vector(const Store *store) noexcept nogil
cdef Py_ssize_t nbytes_of_rows(const Store *store, Py_ssize_t rows) noexcept nogil  # of the values of so many
cdef Py_ssize_t nbytes_of_store(const Store *store) noexcept nogil
