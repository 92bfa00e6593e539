# cython: language_level=3
"""Splits length-prefixed frames."""

from libc.stdint cimport int32_t, uint64_t

from ..columns.binary cimport BinaryColumn, BinaryView, Buffers, make_view, new_column
from .byteorder cimport big16, big32, big64, little16, little32, little64

from .errors import CorruptFrame

cdef enum:
    RELEASE_GIL = 256 * 1024  # bytes: splitting as many, in frames of 64, takes 25 us, and releasing the GIL 0.04

cdef struct Walk:
    Py_ssize_t frames  # whole ones
    Py_ssize_t offset  # where the last of them ends


cdef inline uint64_t length_at(const unsigned char *prefix, int width, bint big) noexcept nogil:
    if width == 4:
        return big32(prefix) if big else little32(prefix)
    if width == 2:
        return big16(prefix) if big else little16(prefix)
    if width == 8:
        return big64(prefix) if big else little64(prefix)
    return prefix[0]


cdef Walk walk_frames(
    const unsigned char *data, Py_ssize_t size, int width, bint big, BinaryView *views, Py_ssize_t limit
) noexcept nogil:
    """Go over at most `limit` frames, up to one that does not fit; write their views, unless NULL."""
    cdef Walk at = Walk(0, 0)
    cdef uint64_t length
    while at.frames < limit and size - at.offset >= width:
        length = length_at(data + at.offset, width, big)
        if length > <uint64_t>(size - at.offset - width):
            break
        if views != NULL:
            views[at.frames] = make_view(data, 0, <int32_t>(at.offset + width), <int32_t>length)
        at.offset += width + <Py_ssize_t>length
        at.frames += 1
    return at


cdef Walk walk(Buffers buffers, int width, bint big, BinaryView *views, Py_ssize_t limit) noexcept:
    cdef const unsigned char *data = buffers.data[0]
    cdef Py_ssize_t size = buffers.nbytes
    if size < RELEASE_GIL:
        return walk_frames(data, size, width, big, views, limit)
    with nogil:
        return walk_frames(data, size, width, big, views, limit)


def frames(buffer not None, int width=4, str byteorder not None="big"):
    """Split a buffer of frames, each a length and then as many bytes: a BinaryColumn of them, not copied.

    width: bytes of a length: 1, 2, 4 or 8. A length is unsigned and does not count itself.
    byteorder: of a length, "big" or "little".

    The buffer must hold whole frames only: CorruptFrame names the first that is not, and its `offset` says where that
    begins. So where a stream may be cut inside a frame, buffer[:error.offset] are the frames that have arrived.

    The buffer is at most 2**31 - 1 bytes, and must not change while the column lives. The GIL is released from 256 KiB
    on.
    """
    if width not in (1, 2, 4, 8):
        raise ValueError(f"frames: width must be 1, 2, 4 or 8 bytes, got {width}")
    if byteorder not in ("big", "little"):
        raise ValueError(f"frames: byteorder must be 'big' or 'little', got {byteorder!r}")
    cdef Buffers buffers = Buffers(buffer)
    cdef bint big = byteorder == "big"
    cdef Walk end = walk(buffers, width, big, NULL, buffers.nbytes)
    if end.offset != buffers.nbytes:
        raise CorruptFrame(end.frames, end.offset, problem(buffers, end.offset, width, big))
    cdef BinaryColumn column = new_column(end.frames, buffers)
    # Checked again: memory shared with another process may have changed since.
    column.length = walk(buffers, width, big, column.views, end.frames).frames
    return column


cdef str problem(Buffers buffers, Py_ssize_t offset, int width, bint big):
    cdef Py_ssize_t rest = buffers.nbytes - offset
    if rest < width:
        return f"expected a length of {width} bytes, found {rest} before the end of the buffer"
    length = length_at(buffers.data[0] + offset, width, big)
    return f"expected {length} bytes after its length, found {rest - width} before the end of the buffer"
