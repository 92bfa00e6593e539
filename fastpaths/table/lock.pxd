# cython: language_level=3
"""A shared lock: calls that read without the GIL hold it, and whoever changes what they read waits until none does.

The GIL is the other half of it. A call that keeps the GIL, and runs no Python code meanwhile, needs no lock to read, and
to change something it only has to wait for the readers. A waiting call lets go of the GIL; while one waits no new reader
gets the lock, so that it does come to its turn: the reader keeps the GIL instead.
"""

cdef struct SharedLock:  # all zero: nobody holds it
    Py_ssize_t readers
    Py_ssize_t waiting

cdef int wait_for_readers(SharedLock *lock) except -1  # afterwards there is none until Python code runs

# For a read of several steps, between which Python code may run that changes nothing. Whoever waits comes first. Ends with
# `unshare`.
cdef int begin_read(SharedLock *lock) except -1


cdef inline bint share(SharedLock *lock) noexcept:
    """Whether the caller may let go of the GIL while it reads, and then has to `unshare`."""
    if lock.waiting:
        return False
    lock.readers += 1
    return True


cdef inline void unshare(SharedLock *lock) noexcept:
    lock.readers -= 1
