# cython: language_level=3
"""Categories that no row has any more: garbage in a dictionary, as there is in an arena.

Once most of them are, a new dictionary takes those that are left, and rows and groups of the column get new numbers.
"""

from libc.stdint cimport int32_t

from fastpaths.table.key_index cimport KeyIndex
from fastpaths.table.lock cimport SharedLock
from fastpaths.table.table_column cimport TableColumn

cdef enum:
    SPARE = 64  # categories more than rows that are no garbage yet


cdef class Renumbering:
    cdef KeyIndex dictionary
    cdef int32_t *numbers  # the new one of each old one; -1: it is gone
    cdef Py_ssize_t n


cdef inline bint has_garbage(TableColumn column) noexcept:
    return column.dictionary is not None and column.dictionary.store.length > 2 * column.store.length + SPARE


# None: there is no memory, or somebody reads meanwhile; a later change will do it.
cdef Renumbering renumbering_of(TableColumn column, const SharedLock *lock)

cdef void renumber_rows(TableColumn column, Renumbering renumbering) noexcept  # which it owns
