# cython: language_level=3
"""Lists as memory: pointers moved in blocks, with their references counted by hand.

A list has room for `allocated` objects, of which the first `size` are there. What is below changes `size` and never
`allocated`, so that a list keeps its memory when it loses its objects.
"""

from cpython.list cimport PyList_New
from cpython.object cimport PyObject
from libc.string cimport memcpy

cdef extern from "Python.h":
    ctypedef struct PyListObject:
        PyObject **ob_item
        Py_ssize_t allocated

    # Of pointers: Cython counts a reference for each object that it passes, and here the count itself is read.
    Py_ssize_t references "Py_REFCNT" (void *x)
    void retain "Py_INCREF" (PyObject *x)
    void release "Py_DECREF" (PyObject *x)
    Py_ssize_t size_of "Py_SIZE" (void *list_or_tuple)
    PyObject **items_of "PySequence_Fast_ITEMS" (void *list_or_tuple)
    void set_size "Py_SET_SIZE" (void *slots, Py_ssize_t size)
    int append "PyList_Append" (PyObject *slots, PyObject *x) except -1


cdef inline void copy(PyObject **to, PyObject **source, Py_ssize_t n) noexcept:
    if n > 0:  # an empty list may have no memory at all, and memcpy takes no NULL
        memcpy(to, source, <size_t>n * sizeof(PyObject *))


cdef inline list new_slots(Py_ssize_t capacity):
    """An empty list with room for `capacity` objects."""
    cdef list slots = PyList_New(capacity)
    set_size(<void *>slots, 0)
    return slots


cdef inline Py_ssize_t room_in(void *slots) noexcept:
    """How many more objects it takes where it lies."""
    return (<PyListObject *>slots).allocated - size_of(slots)


cdef inline void append_block(void *slots, PyObject **items, Py_ssize_t n) noexcept:
    """There is room for n."""
    cdef Py_ssize_t i, size = size_of(slots)
    cdef PyObject **to = items_of(slots) + size
    for i in range(n):
        retain(items[i])
        to[i] = items[i]
    set_size(slots, size + n)


cdef inline void release_all(void *slots) noexcept:
    """Releasing an object runs Python code, to which the list is whole at any time."""
    cdef Py_ssize_t n
    for n in range(size_of(slots) - 1, -1, -1):
        set_size(slots, n)
        release(items_of(slots)[n])
