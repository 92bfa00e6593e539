# cython: language_level=3
"""Splits length-prefixed frames."""

from libc.stdint cimport int32_t, int64_t, uint64_t

from ..columns.binary cimport BinaryView, Buffers, make_view
from ..columns.intrinsics cimport prefetch
from .byteorder cimport big16, big32, big64, little16, little32, little64
from .source cimport RELEASE_GIL, Piece, Pieces, Source, ViewList, piece_at, source_of

from .errors import CorruptFrame

cdef extern from *:
    """
    /* From here on the compiler knows nothing of what x is equal to. */
    #define fastpaths_forget(x) __asm__ volatile("" : "+r"(x))
    """
    void forget "fastpaths_forget" (uint64_t x) noexcept nogil

cdef enum:
    FAR = 1024 * 1024  # bytes: what is larger lies beyond the second cache
    LINE = 64          # bytes that come at once
    SHORT = 128        # bytes of a frame: processors fetch by themselves what is read line after line
    AHEAD = 2048       # bytes: to read longer frames whole takes longer than to wait for their lengths

cdef enum Outcome:
    DONE, CORRUPT, NO_MEMORY

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


cdef inline void fetch(const unsigned char *data, Py_ssize_t size) noexcept nogil:
    """Asks for bytes that will be read soon. Where there is no memory, nothing happens."""
    cdef Py_ssize_t i = 0
    while i < size:
        prefetch(data + i)
        i += LINE


cdef inline Walk walk(
    Piece piece, Py_ssize_t offset, int width, bint big, bint far, BinaryView *views, Py_ssize_t limit
) noexcept nogil:
    """Go over at most `limit` frames from `offset` on, up to one that does not fit, and write their views.

    A processor that bets on a frame as long as the one before goes on without waiting for its length. It bets on
    branches only, so there is one: it halves the time of a stream of equal frames, and is free for any other.

    far: others would wait for their lengths to come from afar, one after the other. What lies ahead is fetched instead,
    whole, before it is known where in it the next lengths are.
    """
    cdef const unsigned char *data = piece.base + piece.offset
    cdef Walk at = Walk(0, offset)
    cdef uint64_t length, expected = 0
    while at.frames < limit and piece.size - at.offset >= width:
        length = length_at(data + at.offset, width, big)
        if length > <uint64_t>(piece.size - at.offset - width):
            break
        if length != expected:
            expected = length
            forget(expected)
            if far and SHORT <= length < AHEAD:
                fetch(data + at.offset + AHEAD, length)
        at.offset += width
        views[at.frames] = make_view(piece.base, piece.buffer, <int32_t>(piece.offset + at.offset), <int32_t>length)
        at.offset += <Py_ssize_t>expected
        at.frames += 1
    return at


cdef Outcome walk_all(
    const Pieces *pieces, int width, bint big, ViewList views, int64_t *offsets, Py_ssize_t *place, Walk *end
) noexcept nogil:
    """The frames of every piece, up to one that is corrupt: it is in piece place[0], where `end` says."""
    cdef Py_ssize_t i, limit
    cdef bint far
    cdef BinaryView *free
    cdef Piece piece
    cdef Walk step
    for i in range(pieces.length):
        piece = piece_at(pieces, i)
        offsets[i] = views.length
        end.frames = end.offset = 0
        while end.offset < piece.size:
            if views.length == views.capacity and views.grow() < 0:
                return NO_MEMORY
            free = views.views + views.length
            limit = views.capacity - views.length
            far = piece.size >= FAR
            if width != 4 or not big:
                step = walk(piece, end.offset, width, big, far, free, limit)
            elif far:  # the usual prefix has loops of its own
                step = walk(piece, end.offset, 4, True, True, free, limit)
            else:
                step = walk(piece, end.offset, 4, True, False, free, limit)
            end.offset = step.offset
            end.frames += step.frames
            views.length += step.frames
            if views.length < views.capacity and end.offset < piece.size:
                place[0] = i
                return CORRUPT
    offsets[pieces.length] = views.length
    return DONE


def frames(buffer not None, int width=4, str byteorder not None="big"):
    """Split a buffer of frames, each a length and then as many bytes: a BinaryColumn of them, not copied.

    width: bytes of a length: 1, 2, 4 or 8. A length is unsigned and does not count itself.
    byteorder: of a length, "big" or "little".

    The buffer must hold whole frames only: CorruptFrame names the first that is not, and its `offset` says where that
    begins. So where a stream may be cut inside a frame, buffer[:error.offset] are the frames that have arrived.

    Of a BinaryColumn, every value is such a buffer: (frames, offsets), those of value i are
    frames[offsets[i] : offsets[i + 1]]; a null has none.

    A buffer is contiguous, of at most 2**31 - 1 bytes, and must not change while the column lives. The GIL is released
    from 256 KiB on.
    """
    if width not in (1, 2, 4, 8):
        raise ValueError(f"frames: width must be 1, 2, 4 or 8 bytes, got {width}")
    if byteorder not in ("big", "little"):
        raise ValueError(f"frames: byteorder must be 'big' or 'little', got {byteorder!r}")
    cdef Source source = source_of(buffer)
    cdef Buffers buffers = source.buffers()
    cdef int64_t *offsets = source.new_offsets()
    cdef ViewList views = ViewList()
    cdef bint big = byteorder == "big"
    cdef Py_ssize_t place = 0
    cdef Walk end = Walk(0, 0)
    cdef Outcome outcome
    if source.pieces.nbytes < RELEASE_GIL:
        outcome = walk_all(&source.pieces, width, big, views, offsets, &place, &end)
    else:
        with nogil:
            outcome = walk_all(&source.pieces, width, big, views, offsets, &place, &end)
    if outcome == NO_MEMORY:
        raise MemoryError
    if outcome == CORRUPT:
        problem = problem_of(piece_at(&source.pieces, place), end.offset, width, big)
        raise CorruptFrame(end.frames, end.offset, problem, None if source.column is None else place)
    return source.result(views.column(buffers))


cdef str problem_of(Piece piece, Py_ssize_t offset, int width, bint big):
    cdef Py_ssize_t rest = piece.size - offset
    if rest < width:
        return f"expected a length of {width} bytes, found {rest} before the end of the buffer"
    length = length_at(piece.base + piece.offset + offset, width, big)
    return f"expected {length} bytes after its length, found {rest - width} before the end of the buffer"
