# cython: language_level=3
"""A shared lock beside the GIL: whoever changes something waits until nobody is reading it.

A read that keeps the GIL throughout, and runs no Python code, needs no lock. A change needs none either once it has
waited: it keeps the GIL until it is complete. A waiting call lets go of the GIL; a read that begins meanwhile is told
to keep it, so that those who wait come to their turn.
"""

cdef struct SharedLock:  # all zero: nobody has it
    Py_ssize_t readers
    Py_ssize_t waiting

cdef int wait_for_readers(SharedLock *lock) except -1  # afterwards there is none until Python code runs


cdef inline bint begin_read(SharedLock *lock) noexcept:
    """Whether the reader may let go of the GIL until `end_read`."""
    lock.readers += 1
    return lock.waiting == 0


cdef inline void end_read(SharedLock *lock) noexcept:
    lock.readers -= 1
