# cython: language_level=3
"""What plans and aggregates read; source.pxd is the design."""

cimport cython

from fastpaths.columns.vector cimport ColumnVector, Vector, vector_of

from ..columns.column import Column
from ..columns.types import Type


cdef class Source:

    cdef bint begin_read(self) except -1:
        return True

    cdef int end_read(self) except -1:
        return 0

    cdef Py_ssize_t length(self) except -1:
        raise NotImplementedError

    cdef int vector(self, Py_ssize_t column, Vector *vector) except -1:
        raise NotImplementedError

    cdef int categories(self, Py_ssize_t column, Vector *vector) except -1:
        raise NotImplementedError

    cdef object index(self, Py_ssize_t column):
        return None


@cython.final
cdef class ColumnsSource(Source):
    """Columns of one length under their names, and perhaps indexes of some of them: what a plan reads without a table.

    ValueError if the lengths differ.
    """

    def __init__(self, columns not None, indexes=None):
        cdef ColumnVector vector
        self.schema = {name: column.type for name, column in columns.items()}
        numbers = {name: number for number, name in enumerate(columns)}
        self.indexes = {numbers[name]: index for name, index in (indexes or {}).items()}
        self.vectors = []
        self.dictionaries = []
        self.rows = -1
        for name, column in columns.items():
            vector = vector_of(column)
            if self.rows >= 0 and vector.vector.length != self.rows:
                raise ValueError(f"column {name!r} has {vector.vector.length} values, those before it {self.rows}")
            self.rows = vector.vector.length
            self.vectors.append(vector)
            self.dictionaries.append(_dictionary(column))
        self.rows = max(self.rows, 0)

    cdef Py_ssize_t length(self) except -1:
        return self.rows

    cdef int vector(self, Py_ssize_t column, Vector *vector) except -1:
        vector[0] = (<ColumnVector?>self.vectors[column]).vector
        return 0

    cdef int categories(self, Py_ssize_t column, Vector *vector) except -1:
        vector[0] = (<ColumnVector?>self.dictionaries[column]).vector
        return 0

    cdef object index(self, Py_ssize_t column):
        return self.indexes.get(column)


cdef ColumnVector _dictionary(object column):
    if column.type.kind != "category":
        return None
    return vector_of(Column(Type("str"), len(column.categories), column.categories))
