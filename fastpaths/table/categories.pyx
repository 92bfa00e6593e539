# cython: language_level=3
"""Categories that no row has any more; categories.pxd is the design."""

cimport cython
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport int32_t
from libc.string cimport memset

from fastpaths.columns.vector cimport Vector
from fastpaths.table.cell cimport Cell, read_vector
from fastpaths.table.key_index cimport insert_key, tag_in
from fastpaths.table.store cimport store_vector


@cython.final
cdef class Renumbering:

    def __cinit__(self, TableColumn column not None):
        self.dictionary = KeyIndex("str")
        self.n = column.dictionary.store.length
        self.numbers = <int32_t *>PyMem_RawMalloc(<size_t>self.n * sizeof(int32_t))
        if self.numbers == NULL:
            raise MemoryError
        memset(self.numbers, 0xFF, <size_t>self.n * sizeof(int32_t))

    def __dealloc__(self):
        PyMem_RawFree(self.numbers)


cdef Renumbering renumbering_of(TableColumn column, const SharedLock *lock):
    cdef Renumbering renumbering
    try:
        renumbering = Renumbering(column)
    except MemoryError:
        return None
    # To make an object may run other code.
    if lock.readers or column.dictionary.store.length != renumbering.n or _choose_numbers(column, renumbering) < 0:
        return None
    return renumbering


cdef int _choose_numbers(TableColumn column, Renumbering renumbering) noexcept:
    cdef Vector rows = store_vector(column.store)
    cdef Vector words = store_vector(&column.dictionary.store)
    cdef KeyIndex dictionary = renumbering.dictionary
    cdef Py_ssize_t row, old, new
    cdef Cell cell
    for row in range(rows.length):
        read_vector(&rows, row, &cell)
        old = <Py_ssize_t>cell.head
        if not cell.null and renumbering.numbers[old] < 0:
            read_vector(&words, old, &cell)
            new = insert_key(dictionary, &cell, tag_in(dictionary, &cell), 0)
            if new < 0:
                return -1
            renumbering.numbers[old] = <int32_t>new
    return 0


cdef void renumber_rows(TableColumn column, Renumbering renumbering) noexcept:
    cdef Vector rows = store_vector(column.store)
    cdef int32_t *numbers = <int32_t *>column.store.values
    cdef Py_ssize_t row
    cdef Cell cell
    for row in range(rows.length):
        read_vector(&rows, row, &cell)
        numbers[row] = 0 if cell.null else renumbering.numbers[cell.head]
    column.dictionary = renumbering.dictionary
    column.words.clear()
    column.exported = None
