# cython: language_level=3
# cython: binding=False, embedsignature.format=clinic
"""A table as plans and aggregates read it; table_source.pxd is the design."""

cimport cython

from fastpaths.columns.vector cimport Vector
from fastpaths.table.cell cimport Cell
from fastpaths.table.column_index cimport cell_of
from fastpaths.table.key_index cimport row_with
from fastpaths.table.lock cimport begin_read as lock_shared, end_read as unlock_shared
from fastpaths.table.store cimport store_vector
from fastpaths.table.table_column cimport TableColumn

import numpy


@cython.final
cdef class TableSource(Source):

    def __cinit__(self, Rows rows not None, dict schema not None):
        self.rows = rows
        self.schema = schema
        self.key = KeyRows(rows.keys)

    cdef bint begin_read(self) except -1:
        return lock_shared(&self.rows.keys.lock)

    cdef int end_read(self) except -1:
        unlock_shared(&self.rows.keys.lock)
        return 0

    cdef Py_ssize_t length(self) except -1:
        return self.rows.keys.store.length

    cdef int vector(self, Py_ssize_t column, Vector *vector) except -1:
        vector[0] = store_vector((<TableColumn>self.rows.columns[column]).store)
        return 0

    cdef int categories(self, Py_ssize_t column, Vector *vector) except -1:
        vector[0] = store_vector(&(<TableColumn>self.rows.columns[column]).dictionary.store)
        return 0

    cdef object index(self, Py_ssize_t column):
        return self.key if column == self.rows.key else self.rows.indexes[column]


@cython.final
cdef class KeyRows:

    def __cinit__(self, KeyIndex keys not None):
        self.keys = keys

    def count(self, list values not None, /):
        return sum([self.row_of(value) >= 0 for value in values])

    def rows(self, list values not None, /):
        rows = numpy.array([self.row_of(value) for value in values], numpy.int64)
        rows.sort()
        return rows[numpy.searchsorted(rows, 0):]

    cdef Py_ssize_t row_of(self, object value) except -2:
        cdef Cell cell = cell_of(self.keys.store.kind, value)
        return row_with(self.keys, &cell)
