# cython: language_level=3
"""A ring buffer of Python objects.

    slots   a list that the ring shows to nobody; it has room for `capacity` objects, and its length is the ring's
    head    where in `slots` the oldest object lies, once the ring is full; until then the oldest is slots[0]

Objects leave by being overwritten, or all at once (drain, clear), so a ring that is not full does not wrap: pushing
appends to `slots`, and once it is full replaces slots[head] and moves head on.

Views and iterators hold `slots`: a reference count above one means that somebody is looking. Appending changes nothing
that they show. Before anything else does, the ring leaves that list to them and goes on with another.

Releasing an object runs Python code, which may come back to the same ring; in CPython 3.11 allocating one may as well
(the garbage collector). So every operation first allocates, then reads and changes the ring in one go, then releases.

The garbage collector breaks a cycle by emptying the list, which leaves an empty ring: the class needs no tp_clear.
"""

from cpython.object cimport PyObject


cdef class RingBuffer:
    cdef object __weakref__
    cdef list slots
    cdef Py_ssize_t head
    cdef readonly Py_ssize_t capacity
    cdef readonly long long dropped

    cdef Py_ssize_t size(self) noexcept
    cdef bint is_full(self) noexcept
    cdef bint is_viewed(self) noexcept
    cdef Py_ssize_t oldest(self) noexcept
    cdef int put(self, PyObject *x) except -1
    cdef int put_slowly(self, PyObject *x) except -1
    cdef Py_ssize_t put_block(self, PyObject *source, Py_ssize_t start) except -1
    cdef int leave_to_views(self) except -1
