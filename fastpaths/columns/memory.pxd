# cython: language_level=3
"""Memory that somebody else owns, as a Python buffer."""


cdef class Memory:
    """A read-only buffer of `nbytes` bytes at `data`, which last for as long as `owner` does."""
    cdef object owner
    cdef const void *data
    cdef Py_ssize_t nbytes


cdef Memory memory_at(object owner, const void *data, Py_ssize_t nbytes)
