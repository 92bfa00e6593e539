# cython: language_level=3
"""A pool of buffers; pool.pxd is its design."""

cimport cython
from cpython.buffer cimport PyBuffer_FillInfo
from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree
from libc.string cimport memset

from threading import Condition
from time import monotonic

from .errors import PoolExhausted


@cython.final
@cython.no_gc
@cython.binding(False)
cdef class BufferPool:
    """At most `count` buffers of `size` bytes each, made when first needed and then used again.

        with pool.borrow() as buffer:
            received = socket.recv_into(buffer)
            total = byte_sum(buffer[:received])

    zero: overwrite each buffer with zeros when it is returned. Otherwise whoever borrows it next finds in it what was
    left there; a new one is zeros.

    `hits` counts the borrowings of a buffer that was there, `misses` those that had to make one, `borrowed` the buffers
    now in use. Threads may share a pool.
    """

    def __cinit__(self, Py_ssize_t size, Py_ssize_t count, *, bint zero=False):
        if size < 1:
            raise ValueError(f"BufferPool: size must be at least 1 byte, got {size}")
        if count < 1:
            raise ValueError(f"BufferPool: count must be at least 1, got {count}")
        self.idle = <unsigned char **>PyMem_RawCalloc(<size_t>count, sizeof(unsigned char *))
        if self.idle == NULL:
            raise MemoryError
        self.size = size
        self.count = count
        self.zero = zero
        self.returned = Condition()

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.idle_count):
            PyMem_RawFree(self.idle[i])
        PyMem_RawFree(self.idle)

    @property
    def borrowed(self):
        return self.misses - self.idle_count

    def borrow(self, timeout=0):
        """A buffer of `size` bytes, to be returned by its release() or at the end of a with statement.

        timeout: seconds to wait for one to be returned while all are borrowed; None: any time. PoolExhausted (a
        TimeoutError) where none was.
        """
        if timeout is not None and not timeout >= 0:
            raise ValueError(f"BufferPool: timeout must be at least 0 seconds, or None to wait any time, got {timeout}")
        cdef PooledBuffer buffer = PooledBuffer.__new__(PooledBuffer)
        buffer.block = self.take()
        if buffer.block == NULL:
            deadline = None if timeout is None else monotonic() + timeout
            while buffer.block == NULL:
                self.wait(deadline)
                buffer.block = self.take()
        buffer.pool = self
        return buffer

    cdef unsigned char *take(self) except? NULL:
        cdef unsigned char *block
        if self.idle_count > 0:
            self.idle_count -= 1
            self.hits += 1
            return self.idle[self.idle_count]
        if self.misses == self.count:
            return NULL
        block = <unsigned char *>PyMem_RawCalloc(<size_t>self.size, 1)
        if block == NULL:
            raise MemoryError
        self.misses += 1
        return block

    cdef int wait(self, object deadline) except -1:
        """Until a buffer is idle, though another thread may be faster to take it."""
        with self.returned:
            self.waiting += 1  # before it looks: who returns a buffer after this look sees that somebody waits
            try:
                while self.idle_count == 0:
                    left = None if deadline is None else deadline - monotonic()
                    if left is not None and left <= 0:
                        raise PoolExhausted(f"BufferPool: all {self.count} buffers of {self.size} bytes are borrowed")
                    self.returned.wait(left)
            finally:
                self.waiting -= 1
                if self.idle_count > 0 and self.waiting > 0:
                    self.returned.notify()  # in case this wait is interrupted, and the buffer is not taken
        return 0

    cdef int give_back(self, unsigned char *block) except -1:
        if self.zero:
            memset(block, 0, <size_t>self.size)
        self.idle[self.idle_count] = block
        self.idle_count += 1
        if self.waiting > 0:
            with self.returned:
                self.returned.notify()
        return 0


@cython.final
@cython.no_gc
@cython.binding(False)
@cython.freelist(8)
cdef class PooledBuffer:
    """A writable buffer of a BufferPool, while it is borrowed: a context manager, which returns it at the end.

    An index reads or writes a byte; a slice is a memoryview, as is every other view of it, of which none may be left
    when the buffer is returned. Once it is, every use is a ValueError. A buffer that nothing refers to any longer
    returns by itself.
    """

    def __init__(self):
        raise TypeError("a PooledBuffer comes from BufferPool.borrow()")

    def __dealloc__(self):
        if self.block != NULL:
            self.pool.give_back(self.block)

    cdef int check(self) except -1:
        if self.block == NULL:
            raise ValueError("this buffer has been returned to its pool")
        return 0

    def release(self):
        """Return it to its pool. BufferError while a view of it is left: it stays borrowed. ValueError if it has been
        returned."""
        self.check()
        if self.views > 0:
            raise BufferError(f"this buffer cannot be returned to its pool: there are {self.views} views of it")
        cdef unsigned char *block = self.block
        self.block = NULL
        self.pool.give_back(block)

    def __enter__(self):
        self.check()
        return self

    def __exit__(self, kind, error, traceback):
        # An error from inside is not to be replaced by ours: its traceback may well hold a view. Without one left, the
        # buffer returns.
        if kind is None or (self.block != NULL and self.views == 0):
            self.release()

    def __getbuffer__(self, Py_buffer *view, int flags):
        self.check()
        PyBuffer_FillInfo(view, self, self.block, self.pool.size, False, flags)
        self.views += 1

    def __releasebuffer__(self, Py_buffer *view):
        self.views -= 1

    def __len__(self):
        self.check()
        return self.pool.size

    def __getitem__(self, key):
        return memoryview(self)[key]

    def __setitem__(self, key, value):
        memoryview(self)[key] = value
