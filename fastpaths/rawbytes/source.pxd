# cython: language_level=3
"""What the functions of rawbytes read, the bytes of one buffer or of each value of a BinaryColumn, and what they find.

    cdef Source source = source_of(buffer)     pins it
    with nogil:
        for i in range(source.pieces.length):  one buffer is one piece
            piece = piece_at(&source.pieces, i)

Where many things are found in a piece, offsets[i] is the number of those found before piece i.
"""

from cpython.buffer cimport Py_buffer
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcpy

from fastpaths.columns.binary cimport INLINED, BinaryColumn, BinaryView, Buffers

cdef enum:
    RELEASE_GIL = 256 * 1024  # bytes: reading as many takes 3 us and more, and releasing the GIL 0.04

cdef struct Piece:  # base[offset : offset + size]
    const unsigned char *base
    Py_ssize_t size
    int32_t buffer  # number of the data buffer that begins at base; of no meaning for an inlined value
    int32_t offset

cdef struct Pieces:
    Py_ssize_t length
    Py_ssize_t nbytes                 # of all
    const BinaryView *views           # NULL: one buffer
    const unsigned char *const *data
    const unsigned char *validity     # of the views; NULL: none is null
    Py_ssize_t first_bit


cdef inline Piece piece_at(const Pieces *pieces, Py_ssize_t i) noexcept nogil:
    """0 <= i < length. That of a null is empty."""
    cdef Piece piece
    cdef BinaryView view
    piece.buffer = 0
    piece.offset = 0
    if pieces.views == NULL:
        piece.base = pieces.data[0]
        piece.size = pieces.nbytes
        return piece
    memcpy(&view, pieces.views + i, sizeof(BinaryView))  # views from outside need not be aligned
    piece.size = view.length
    if view.length > INLINED:
        piece.buffer = view.buffer
        piece.offset = view.offset
        piece.base = pieces.data[view.buffer]
    else:
        piece.base = <const unsigned char *>(pieces.views + i) + 4
    return piece


cdef class Source:
    cdef Pieces pieces
    cdef object exporter           # of the buffer; None for a column
    cdef BinaryColumn column       # None for a buffer
    cdef Py_buffer pin
    cdef const unsigned char *start
    cdef int64_t ends[2]           # the offsets of a buffer
    cdef object offsets            # those of a column: int64[length + 1]

    cdef Buffers buffers(self)                      # what views of its parts point into
    cdef int64_t *new_offsets(self) except NULL     # length + 1 of them, to be written
    cdef object result(self, object found)          # found in a buffer; (found, offsets) in a column


cdef Source source_of(object buffer)

# Where a new numpy array lies, for as long as somebody holds it.
cdef void *memory_of(object array) except? NULL


cdef class ViewList:
    """The views of a column to be, while nobody knows how many there will be."""
    cdef void *block
    cdef BinaryView *views
    cdef Py_ssize_t length, capacity

    cdef int grow(self) noexcept nogil              # makes room for 256 more at least; -1: no memory
    cdef BinaryColumn column(self, Buffers buffers)  # of them: the list's last deed
