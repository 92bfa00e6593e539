# cython: language_level=3
"""What plans and aggregates read: columns of one length, by number."""

from fastpaths.columns.vector cimport Vector


cdef class Source:
    """Columns of one length. A table overrides every method, so that its storage can be read where it lies.

    The other methods are called between begin_read and end_read, and until then nothing changes of what they have told,
    in whatever thread. begin_read says whether the caller may let go of the GIL in between; either way it runs no
    Python code there. A table holds its shared lock.
    """
    cdef readonly dict schema  # name -> Type; the number of a column is its place

    cdef bint begin_read(self) except -1
    cdef int end_read(self) except -1
    cdef Py_ssize_t length(self) except -1
    cdef int vector(self, Py_ssize_t column, Vector *vector) except -1      # at least length() long
    cdef int categories(self, Py_ssize_t column, Vector *vector) except -1  # of a category column: its str, no nulls

    # The column's index, or None. `count(values)` says how many rows have one of the values, which are distinct and not
    # null, and `rows(values)` which: a new int64[n], ascending. Values are a list of bytes (of str, bytes and category
    # columns), int (of timestamp columns microseconds, of decimal ones units), float (NaN is one value, and so are 0.0
    # and -0.0) or bool. Neither runs Python code.
    cdef object index(self, Py_ssize_t column)


cdef class ColumnsSource(Source):
    """Columns that never change."""
    cdef list vectors       # ColumnVector by number
    cdef list dictionaries  # of category columns: the ColumnVector of their categories
    cdef dict indexes       # number -> index
    cdef Py_ssize_t rows
