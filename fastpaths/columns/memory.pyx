# cython: language_level=3
"""Memory that somebody else owns; memory.pxd is the design."""

cimport cython
from cpython.buffer cimport PyBuffer_FillInfo


@cython.final
cdef class Memory:

    def __init__(self):
        raise TypeError("Memory comes from what it shows")

    def __getbuffer__(self, Py_buffer *view, int flags):
        cdef void *data = <void *>self.data
        if data == NULL:
            data = &self.nbytes  # anywhere: no byte of it is shown, and some readers want an address
        PyBuffer_FillInfo(view, self, data, self.nbytes, True, flags)


cdef Memory memory_at(object owner, const void *data, Py_ssize_t nbytes):
    cdef Memory memory = Memory.__new__(Memory)
    memory.owner = owner
    memory.data = data
    memory.nbytes = nbytes
    return memory
