# cython: language_level=3
"""Records on their way to becoming batches.

    open      the records of the batch that is not complete yet: a list that the batcher shows to nobody, or None
    closed    complete batches, still to be handed out: what add() could not return as well, and what add_many() had
              completed when it raised
    lent      the two batches last handed out, where their memory is to be taken again: nobody else holds one whose
              reference count is 1

A strategy comes down to its Limits. `open` is closed as soon as it holds `limit` records or max_bytes bytes, before a
record that would make it hold more bytes, and by a call that comes at `due` or later. The clock is read once a call,
before anything changes, and not at all where time does not matter.

Each record is either taken or not: whatever raises in between, the batcher holds those before, and goes on from there.
Allocating memory and releasing records may run Python code, which may come back to the same batcher. So room is made
first (`reserve`), and looked at again afterwards; taking records where there is room runs no code of others.

The garbage collector breaks a cycle by emptying the lists: the class needs no tp_clear.
"""

from cpython.object cimport PyObject


cdef class Batcher:
    cdef object __weakref__
    cdef readonly object strategy
    cdef list open, closed, lent, lent_before
    cdef Py_ssize_t limit, max_records
    cdef Py_ssize_t nbytes, max_bytes       # of `open`
    cdef double now, due, closed_at, wait   # seconds; `wait` is infinite where time does not matter
    cdef bint eager, reuse
    cdef object clock, size, adapt, adapted

    cdef Py_ssize_t held(self) noexcept
    cdef bint complete(self) noexcept
    cdef Py_ssize_t nbytes_of(self, object x) except -1
    cdef int arrive(self) except -1
    cdef int settle(self) except -1
    cdef int close(self) except -1
    cdef int reserve(self, Py_ssize_t n) except -1
    cdef list reused(self)
    cdef int keep(self, PyObject **items, Py_ssize_t n) except -1
    cdef int put(self, PyObject *x, Py_ssize_t nbytes) except -1
    cdef Py_ssize_t put_block(self, PyObject *source, Py_ssize_t start) except -1
    cdef int lend(self, list batch) except -1
    cdef list take(self)
