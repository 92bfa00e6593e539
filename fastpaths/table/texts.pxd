# cython: language_level=3
"""Strings in a column against strings that are given: their order, which is that of their bytes, and LIKE.

UTF-8 has the order of the code points that it encodes.
"""

from libc.stdint cimport uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fastpaths.columns.binary cimport INLINED, BinaryView, Span, value_at

cdef extern from *:
    """
    #define fastpaths_big_endian_4(word) __builtin_bswap32(word)
    #define fastpaths_big_endian_8(word) __builtin_bswap64(word)
    """
    uint32_t first_to_last "fastpaths_big_endian_4" (uint32_t word) noexcept nogil  # its bytes' order as a number's
    uint64_t first_to_last_8 "fastpaths_big_endian_8" (uint64_t word) noexcept nogil

cdef enum:  # tokens of a pattern; those below are bytes
    ANY_CHARACTER = 256
    ANY_STRING = 257

cdef struct Text:
    BinaryView view
    Span span


cdef Text text_of(bytes value) except *  # valid while that lives


cdef inline Text text_at(const BinaryView *view, const unsigned char *const *data) noexcept nogil:
    cdef Text text
    memcpy(&text.view, view, sizeof(BinaryView))
    text.span = value_at(view, 0, data)
    return text


cdef inline int compare_text(const BinaryView *view, const unsigned char *const *data, const Text *text) noexcept nogil:
    """-1, 0 or 1 as the value of a view is less, equal or greater."""
    cdef uint32_t mine = 0, theirs = 0
    cdef uint64_t my_rest = 0, their_rest = 0
    memcpy(&mine, view.prefix, 4)
    memcpy(&theirs, text.view.prefix, 4)
    if mine != theirs:  # one that is shorter has zeros behind, and is less
        return -1 if first_to_last(mine) < first_to_last(theirs) else 1
    if view.length > INLINED or text.view.length > INLINED:
        return compare_bytes(value_at(view, 0, data), text.span)
    memcpy(&my_rest, &view.buffer, 8)
    memcpy(&their_rest, &text.view.buffer, 8)
    if my_rest != their_rest:
        return -1 if first_to_last_8(my_rest) < first_to_last_8(their_rest) else 1
    return (view.length > text.view.length) - (view.length < text.view.length)


cdef int compare_bytes(Span left, Span right) noexcept nogil
# Which of the values that have a bit in `candidates` are that text.
cdef uint64_t equal_texts(
    const BinaryView *views, const unsigned char *const *data, const Text *text, uint64_t candidates
) noexcept nogil

cdef bint is_like(Span value, const uint16_t *pattern, Py_ssize_t tokens) noexcept nogil
