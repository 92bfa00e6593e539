# cython: language_level=3
"""A shared lock beside the GIL; lock.pxd is its design."""

from time import sleep


cdef int wait_for_readers(SharedLock *lock) except -1:
    while lock.readers:
        lock.waiting += 1
        try:
            sleep(0.0001)
        finally:
            lock.waiting -= 1
    return 0
