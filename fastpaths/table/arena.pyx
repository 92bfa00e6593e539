# cython: language_level=3
"""Storage of long values; arena.pxd is its design."""

from cpython.mem cimport PyMem_RawFree, PyMem_RawRealloc
from libc.stdint cimport int32_t
from libc.string cimport memcpy, memmove, memset

from fastpaths.columns.binary cimport INLINED, MAX_BYTES, BinaryView, make_view
from fastpaths.columns.blocks cimport nbytes_of_block, new_block, release_block

cdef enum:
    FIRST_BLOCK = 1024


cdef int _add_block(Arena *arena, Py_ssize_t size) noexcept nogil:
    if arena.n_blocks > 0:  # an export will show the last one whole
        memset(<char *>arena.blocks[arena.n_blocks - 1] + arena.used, 0, <size_t>(arena.size - arena.used))
    cdef void **blocks = <void **>PyMem_RawRealloc(arena.blocks, (<size_t>arena.n_blocks + 1) * sizeof(void *))
    if blocks == NULL:
        return -1
    arena.blocks = blocks
    blocks[arena.n_blocks] = new_block(size)
    if blocks[arena.n_blocks] == NULL:
        return -1
    arena.n_blocks += 1
    arena.nbytes += size
    arena.size = size
    arena.used = 0
    return 0


cdef void _append(Arena *arena, const unsigned char *value, int32_t length, BinaryView *view) noexcept nogil:
    """Into the last block, which has room for it."""
    cdef unsigned char *block = <unsigned char *>arena.blocks[arena.n_blocks - 1]
    memcpy(block + arena.used, value, <size_t>length)
    view[0] = make_view(block, arena.n_blocks - 1, <int32_t>arena.used, length)
    arena.used += length


cdef int store_value(Arena *arena, const unsigned char *value, int32_t length, BinaryView *view) noexcept nogil:
    cdef Py_ssize_t size
    if length > arena.size - arena.used:
        size = min(max(arena.nbytes // 2, <Py_ssize_t>FIRST_BLOCK), <Py_ssize_t>MAX_BYTES)
        if _add_block(arena, max(size, <Py_ssize_t>length)) < 0:
            return -1
    _append(arena, value, length, view)
    return 0


cdef int compact_arena(Arena *arena, BinaryView *views, Py_ssize_t n) noexcept nogil:
    """Appends every value again, to new blocks, then drops the old ones. A failure before that leaves both."""
    cdef int32_t n_old = arena.n_blocks
    cdef Py_ssize_t i, old_nbytes = arena.nbytes, left = arena.live
    cdef int32_t length
    cdef size_t size
    cdef void **blocks
    for i in range(n):
        length = views[i].length
        if length <= INLINED:
            continue
        if arena.n_blocks == n_old or length > arena.size - arena.used:
            if _add_block(arena, min(left, <Py_ssize_t>MAX_BYTES)) < 0:
                return -1
        _append(arena, <unsigned char *>arena.blocks[views[i].buffer] + views[i].offset, length, &views[i])
        left -= length
    for i in range(n):
        if views[i].length > INLINED:
            views[i].buffer -= n_old
    for i in range(n_old):
        release_block(arena.blocks[i])
    arena.n_blocks -= n_old
    arena.nbytes -= old_nbytes
    if arena.n_blocks == 0:
        free_arena(arena)
        return 0
    size = <size_t>arena.n_blocks * sizeof(void *)
    memmove(arena.blocks, arena.blocks + n_old, size)
    blocks = <void **>PyMem_RawRealloc(arena.blocks, size)
    if blocks != NULL:  # it was there already, should making it smaller fail
        arena.blocks = blocks
    return 0


cdef void free_arena(Arena *arena) noexcept nogil:
    cdef int32_t i
    for i in range(arena.n_blocks):
        release_block(arena.blocks[i])
    PyMem_RawFree(arena.blocks)
    memset(arena, 0, sizeof(Arena))


cdef Py_ssize_t nbytes_of_arena(const Arena *arena) noexcept nogil:
    cdef int32_t i
    cdef Py_ssize_t nbytes = arena.n_blocks * <Py_ssize_t>sizeof(void *)
    for i in range(arena.n_blocks):
        nbytes += nbytes_of_block(arena.blocks[i])
    return nbytes
