# cython: language_level=3
"""A pool of buffers, and a buffer while it is borrowed.

A block of memory is idle, in its pool's stack, or borrowed, by exactly one PooledBuffer. That counts the views of it
and gives it back at release(), or when nothing refers to it any longer; a view is such a reference.

All state changes hold the interpreter's lock, and run no Python code halfway.
"""


cdef class BufferPool:
    cdef readonly Py_ssize_t size, count
    cdef readonly Py_ssize_t hits, misses  # every miss made a block: there are as many
    cdef bint zero
    cdef unsigned char **idle              # the last returned is the first borrowed: it may still be in a cache
    cdef Py_ssize_t idle_count
    cdef object returned                   # a threading.Condition
    cdef Py_ssize_t waiting                # for it

    cdef unsigned char *take(self) except? NULL  # NULL: all are borrowed
    cdef int wait(self, object deadline) except -1
    cdef int give_back(self, unsigned char *block) except -1


cdef class PooledBuffer:
    cdef BufferPool pool
    cdef unsigned char *block  # NULL: returned
    cdef Py_ssize_t views

    cdef int check(self) except -1  # that it is still borrowed
