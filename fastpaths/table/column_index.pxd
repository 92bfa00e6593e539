# cython: language_level=3
"""A column index: the rows of each value of a column, kept while rows come, change, go and move.

A group is the rows of one value, in any order; it remembers whether they happen to ascend. Groups are numbered: those
of a category column by the category, of a bool column by the bool, and others by a key index of the values, which a
value leaves with its last row. A row has a place in the group of its value, so that what happens to one row takes the
same time however large the groups are. Nulls are in no group. Of floats NaN is one value, and so are 0.0 and -0.0.

A change is prepared first: `promise_place` may find no memory, `enter_group` needs none.
"""

from libc.stdint cimport uint32_t

from fastpaths.columns.vector cimport Kind
from fastpaths.table.categories cimport Renumbering
from fastpaths.table.cell cimport Cell
from fastpaths.table.key_index cimport KeyIndex
from fastpaths.table.table_column cimport TableColumn

cdef enum:
    NO_PLACE = 0xFFFFFFFF
    FEW = 2

cdef struct Group:          # all zero: empty
    uint32_t *rows          # NULL: they are in `few`
    uint32_t few[FEW]
    uint32_t count
    uint32_t capacity       # of `rows`
    uint32_t promised       # places for rows to come
    bint mixed              # they do not ascend


cdef class ColumnIndex:
    cdef TableColumn column
    cdef KeyIndex values         # None of category and bool columns
    cdef Group *groups
    cdef Py_ssize_t n_groups
    cdef Py_ssize_t groups_capacity
    cdef uint32_t *places        # by row; NO_PLACE: in no group
    cdef Py_ssize_t places_capacity
    cdef Py_ssize_t rows_nbytes  # of groups that have memory for them

    cdef Py_ssize_t nbytes(self)


# A value as Source.index has it; of a category its str.
cdef Cell cell_of(Kind kind, object value) except *

cdef int reserve_places(ColumnIndex index, Py_ssize_t rows) noexcept  # -1: no memory
cdef int promise_place(ColumnIndex index, const Cell *cell) noexcept  # for one row more of that value; -1: no memory
cdef void break_promise(ColumnIndex index, const Cell *cell) noexcept
cdef void enter_group(ColumnIndex index, Py_ssize_t row, const Cell *cell) noexcept  # as promised
cdef void leave_group(ColumnIndex index, Py_ssize_t row) noexcept     # while the column still has the value
cdef void renumber(ColumnIndex index, Py_ssize_t row, Py_ssize_t new_row) noexcept   # the column has it at `row`

cdef int renumber_groups(ColumnIndex index, Renumbering renumbering) noexcept  # -1: no memory, and nothing has changed
