# cython: language_level=3
"""An arena: the bytes of those values of a view array that are too long to lie in their view.

Values are appended, and never move until compact_arena copies the live ones together. Blocks (columns/blocks.pxd) are
the data buffers that the views name; each new one is half as large as all before it, within what a view can address.
An export pins the blocks that there are: what is appended lies behind all that it shows.
"""

from libc.stdint cimport int32_t

from fastpaths.columns.binary cimport BinaryView

cdef struct Arena:         # all zero: empty
    void **blocks
    int32_t n_blocks
    Py_ssize_t size        # of the last block
    Py_ssize_t used        # of the last block
    Py_ssize_t nbytes      # of all blocks
    Py_ssize_t live        # bytes of the values that are wanted: its owner counts those that it keeps and lets go


cdef int store_value(Arena *arena, const unsigned char *value, int32_t length, BinaryView *view) noexcept nogil
cdef int compact_arena(Arena *arena, BinaryView *views, Py_ssize_t n) noexcept nogil
# -1: there is no memory, and every view says what it said.
cdef void free_arena(Arena *arena) noexcept nogil  # leaves it empty
cdef Py_ssize_t nbytes_of_arena(const Arena *arena) noexcept nogil


cdef inline Py_ssize_t garbage(const Arena *arena) noexcept nogil:
    return arena.nbytes - arena.size + arena.used - arena.live
