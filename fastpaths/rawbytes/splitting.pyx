# cython: language_level=3
"""Splits at a delimiter."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcmp

from ..columns.binary cimport BinaryView, Buffers, is_null, make_view
from .scan cimport first_bit, wanted
from .source cimport RELEASE_GIL, Piece, Pieces, Source, ViewList, piece_at, source_of


def split(buffer not None, bytes delimiter not None):
    """Split a buffer at every occurrence of a delimiter: a BinaryColumn of what lies between, not copied.

    delimiter: one byte or more. They are found from left to right and do not overlap.

    As bytes.split does: there is one part more than delimiters, and delimiter.join(parts) is the buffer. So what
    follows the last delimiter is the last part, empty where nothing does: of lines that each end with a delimiter,
    parts[:-1] are the whole ones, and parts[-1] is what has arrived of the next.

    Of a BinaryColumn, every value is such a buffer: (parts, offsets), those of value i are
    parts[offsets[i] : offsets[i + 1]]; a null has none.

    A buffer is contiguous, of at most 2**31 - 1 bytes, and must not change while the column lives. The GIL is released
    from 256 KiB on.
    """
    cdef const unsigned char *mark = <const unsigned char *>PyBytes_AS_STRING(delimiter)
    cdef Py_ssize_t width = PyBytes_GET_SIZE(delimiter)
    if width == 0:
        raise ValueError("split: the delimiter must have at least one byte, got b''")
    cdef Source source = source_of(buffer)
    cdef Buffers buffers = source.buffers()
    cdef int64_t *offsets = source.new_offsets()
    cdef ViewList views = ViewList()
    cdef int outcome
    if source.pieces.nbytes < RELEASE_GIL:
        outcome = split_all(&source.pieces, mark, width, views, offsets)
    else:
        with nogil:
            outcome = split_all(&source.pieces, mark, width, views, offsets)
    if outcome < 0:
        raise MemoryError
    return source.result(views.column(buffers))


cdef int split_all(
    const Pieces *pieces, const unsigned char *delimiter, Py_ssize_t width, ViewList views, int64_t *offsets
) noexcept nogil:
    """-1: no memory."""
    cdef Py_ssize_t i
    for i in range(pieces.length):
        offsets[i] = views.length
        if not is_null(pieces.validity, pieces.first_bit, i):
            if split_one(piece_at(pieces, i), delimiter, width, views) < 0:
                return -1
    offsets[pieces.length] = views.length
    return 0


cdef int split_one(Piece piece, const unsigned char *delimiter, Py_ssize_t width, ViewList views) noexcept nogil:
    cdef const unsigned char *data = piece.base + piece.offset
    cdef Py_ssize_t at, found, start = 0, n = views.length
    cdef uint64_t bits
    for at in range(0, piece.size - width + 1, 64):
        if views.capacity - n < 65:  # what 64 bytes can add, and the last part
            views.length = n
            if views.grow() < 0:
                return -1
        bits = wanted(data + at, <size_t>(piece.size - width + 1 - at), 0xFF, delimiter[0])
        while bits != 0:
            found = at + first_bit(bits)
            bits &= bits - 1
            if found >= start and (width == 1 or memcmp(data + found, delimiter, <size_t>width) == 0):
                views.views[n] = part_of(piece, start, found)
                n += 1
                start = found + width
    views.length = n
    if n == views.capacity and views.grow() < 0:
        return -1
    views.views[n] = part_of(piece, start, piece.size)
    views.length += 1
    return 0


cdef inline BinaryView part_of(Piece piece, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    return make_view(piece.base, piece.buffer, <int32_t>(piece.offset + start), <int32_t>(end - start))
