# cython: language_level=3
"""A column of a table: a store, what its values are in Python, and the index of it, if it has one.

The values of a category column are numbers of str in its dictionary, which is a key index: number <-> str.
"""

from fastpaths.columns.binary cimport BinaryColumn, Buffers
from fastpaths.table.cell cimport Cell
from fastpaths.table.key_index cimport KeyIndex
from fastpaths.table.store cimport Store


cdef class TableColumn:
    cdef readonly str name
    cdef readonly object type    # columns.types.Type
    cdef int scale               # of a decimal
    cdef object dtype            # of the values' array, as a Column has it; None of str and bytes
    cdef Store *store            # its own one, or that of the key index
    cdef Store own
    cdef KeyIndex keys           # of the key column; None of others
    cdef KeyIndex dictionary     # of a category column; None of others
    cdef list words              # its str, those that have been asked for
    cdef BinaryColumn exported   # the last export of the dictionary, which only grows

    cdef object value(self, Py_ssize_t row)  # in Python's own type; None for a null
    cdef object word(self, Py_ssize_t number)
    cdef object snapshot(self)               # a Column of all rows, not a copy
    cdef Buffers buffers(self)               # that views of long strings point into
    cdef BinaryColumn categories(self)

    # Of a value from Python, which has to stay as long as the cell. Of a category it is the str, as `number_cell` takes
    # it. TypeError, ValueError, OverflowError name the column.
    cdef int read(self, object value, Cell *cell) except -1

    cdef int number_cell(self, Cell *cell) noexcept  # the category in place of its str; -1: no room
