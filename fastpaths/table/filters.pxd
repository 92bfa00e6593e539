# cython: language_level=3
"""Filters: predicates whose constants are in the form that nodes compare with.

A Filter is made once for a plan, or once for its parameters, and knows columns by number only. A Program is one or more
of them over a source that is being read.
"""

from fastpaths.table.nodes cimport Node
from fastpaths.table.source cimport Source


cdef class Filter:
    cdef Node node              # without what is of one source
    cdef tuple children
    cdef object constants       # what keeps those of the node
    cdef list values            # places or bytes, if it selects single values of a column; or None


cdef class Program:
    """Filters that all have to select a row."""
    cdef list filters
    cdef Node *nodes            # the first of them is the root
    cdef Py_ssize_t used

    cdef int open(self, Source source, Py_ssize_t without) except -1  # the filter of that number; -1: with all
    cdef Node *place(self, Filter filter, Source source) except NULL
