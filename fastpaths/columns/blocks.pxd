# cython: language_level=3
"""Blocks of memory that are shared until somebody writes: what columns are stored in.

A block counts its holders: one is the storage that it belongs to, the others are exports, which Python code or an Arrow
consumer reads and which must never see a change. Storage that is about to change a byte that an export can see takes a
copy first (`own_block`). To append behind what was exported is no such change: a store that only grows is never copied,
except to a larger block.

All functions need the GIL, or a block that nobody else can hold.
"""

# A block of at least `size` bytes, its content undefined; NULL where there is no memory.
cdef void *new_block(Py_ssize_t size) noexcept nogil

cdef void release_block(void *block) noexcept nogil  # NULL is none
cdef bint is_shared(const void *block) noexcept nogil  # NULL is not
cdef Py_ssize_t size_of_block(const void *block) noexcept nogil    # the bytes that it holds; 0 for NULL
cdef Py_ssize_t nbytes_of_block(const void *block) noexcept nogil  # as allocated; 0 for NULL

# Give `block` (NULL: an empty one) a capacity of `size` bytes, in place where nobody else holds it, or else in a new
# block; its first `used` bytes are kept. -1: no memory, and the block is what it was.
cdef int resize_block(void **block, Py_ssize_t used, Py_ssize_t size) noexcept nogil

# Before a change of bytes that an export may show: a copy of the first `used` bytes if anybody else holds the block.
# -1: no memory, and the block is what it was.
cdef int own_block(void **block, Py_ssize_t used) noexcept nogil


cdef class Export:
    """A holder that Python can have: a read-only buffer of a block's first bytes. Those begin at a multiple of 64."""
    cdef void *block
    cdef Py_ssize_t nbytes


cdef Export export_block(const void *block, Py_ssize_t nbytes)  # NULL gives an empty one
