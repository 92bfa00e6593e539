# cython: language_level=3
"""Blocks of memory that are shared until somebody writes; blocks.pxd is the design."""

cimport cython
from cpython.buffer cimport PyBuffer_FillInfo
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc, PyMem_RawRealloc
from libc.stdint cimport uintptr_t
from libc.string cimport memcpy, memmove

from fastpaths.columns.pages cimport prefer_huge_pages

cdef struct Header:  # in front of a block's bytes
    void *allocation
    Py_ssize_t holders
    Py_ssize_t size

cdef enum:
    ALIGNMENT = 64  # of the bytes: a line of the cache, and a vector of AVX-512, which is slow across two lines
    AROUND = 2 * ALIGNMENT  # bytes of an allocation that are not the block's: the header takes less than ALIGNMENT

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX


cdef inline Header *_header(const void *block) noexcept nogil:
    return <Header *>block - 1


cdef inline char *_aligned(void *allocation) noexcept nogil:
    """Where the block is in it."""
    cdef uintptr_t first = <uintptr_t>allocation + sizeof(Header)
    return <char *>((first + ALIGNMENT - 1) & ~<uintptr_t>(ALIGNMENT - 1))


cdef inline void *_placed(void *allocation, Py_ssize_t holders, Py_ssize_t size) noexcept nogil:
    cdef char *block = _aligned(allocation)
    _header(block)[0] = Header(allocation, holders, size)
    return block


cdef void *new_block(Py_ssize_t size) noexcept nogil:
    if size > PY_SSIZE_T_MAX - <Py_ssize_t>AROUND:
        return NULL
    cdef void *allocation = PyMem_RawMalloc(<size_t>(size + AROUND))
    if allocation == NULL:
        return NULL
    prefer_huge_pages(allocation, <size_t>(size + AROUND))
    return _placed(allocation, 1, size)


cdef void release_block(void *block) noexcept nogil:
    if block == NULL:
        return
    _header(block).holders -= 1
    if _header(block).holders == 0:
        PyMem_RawFree(_header(block).allocation)


cdef bint is_shared(const void *block) noexcept nogil:
    return block != NULL and _header(block).holders > 1


cdef Py_ssize_t size_of_block(const void *block) noexcept nogil:
    return 0 if block == NULL else _header(block).size


cdef Py_ssize_t nbytes_of_block(const void *block) noexcept nogil:
    return 0 if block == NULL else _header(block).size + <Py_ssize_t>AROUND


cdef int resize_block(void **block, Py_ssize_t used, Py_ssize_t size) noexcept nogil:
    cdef void *allocation
    cdef void *moved
    cdef Py_ssize_t place, kept
    if block[0] == NULL or is_shared(block[0]):
        moved = new_block(size)
        if moved == NULL:
            return -1
        if used > 0:
            memcpy(moved, block[0], <size_t>used)
        release_block(block[0])
        block[0] = moved
        return 0
    if size > PY_SSIZE_T_MAX - <Py_ssize_t>AROUND:
        return -1
    place = <char *>block[0] - <char *>_header(block[0]).allocation
    kept = min(_header(block[0]).size, size)
    allocation = PyMem_RawRealloc(_header(block[0]).allocation, <size_t>(size + AROUND))
    if allocation == NULL:
        return -1
    prefer_huge_pages(allocation, <size_t>(size + AROUND))
    if _aligned(allocation) != <char *>allocation + place:
        memmove(_aligned(allocation), <char *>allocation + place, <size_t>kept)
    block[0] = _placed(allocation, 1, size)
    return 0


cdef int own_block(void **block, Py_ssize_t used) noexcept nogil:
    return resize_block(block, used, _header(block[0]).size) if is_shared(block[0]) else 0


@cython.final
cdef class Export:

    def __init__(self):
        raise TypeError("an Export comes from what it shows: a column of a table")

    def __dealloc__(self):
        release_block(self.block)

    def __getbuffer__(self, Py_buffer *view, int flags):
        cdef void *data = self.block
        if data == NULL:
            data = &self.nbytes  # anywhere: no byte of it is shown, and some readers want an address
        PyBuffer_FillInfo(view, self, data, self.nbytes, True, flags)

    def __len__(self):
        return self.nbytes


cdef Export export_block(const void *block, Py_ssize_t nbytes):
    cdef Export export = Export.__new__(Export)
    if block != NULL:
        _header(block).holders += 1
        export.block = <void *>block
        export.nbytes = nbytes
    return export
