# cython: language_level=3
"""Strings in a column against strings that are given; texts.pxd is the design."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.stdint cimport int32_t, uint16_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy

from fastpaths.columns.binary cimport INLINED, MAX_BYTES, BinaryView, Span, make_view, value_at
from fastpaths.table.masks cimport lowest

cdef Text text_of(bytes value) except *:
    cdef Text text
    if len(value) > MAX_BYTES:
        raise ValueError(f"a string has at most {MAX_BYTES} bytes, found {len(value)} to compare with")
    text.span.data = <const unsigned char *>PyBytes_AS_STRING(value)
    text.span.size = PyBytes_GET_SIZE(value)
    text.view = make_view(text.span.data, 0, 0, <int32_t>text.span.size)
    return text


cdef int compare_bytes(Span left, Span right) noexcept nogil:
    cdef int order = memcmp(left.data, right.data, <size_t>min(left.size, right.size))
    if order == 0:
        return (left.size > right.size) - (left.size < right.size)
    return -1 if order < 0 else 1


cdef uint64_t equal_texts(
    const BinaryView *views, const unsigned char *const *data, const Text *text, uint64_t candidates
) noexcept nogil:
    cdef uint64_t wanted[2]
    cdef uint64_t mine[2]
    cdef uint64_t found = 0
    cdef bint short = text.span.size <= INLINED
    cdef int i
    memcpy(wanted, &text.view, 16)
    if short and candidates == <uint64_t>-1:
        for i in range(64):
            memcpy(mine, views + i, 16)
            found |= <uint64_t>((mine[0] == wanted[0]) & (mine[1] == wanted[1])) << i
        return found
    while candidates:
        i = lowest(candidates)
        candidates &= candidates - 1
        memcpy(mine, views + i, 16)
        if mine[0] == wanted[0] and (mine[1] == wanted[1] if short else _same_bytes(views + i, data, text)):
            found |= <uint64_t>1 << i
    return found


cdef inline bint _same_bytes(const BinaryView *view, const unsigned char *const *data, const Text *text) noexcept nogil:
    """Of a value that is as long."""
    return memcmp(value_at(view, 0, data).data, text.span.data, <size_t>text.span.size) == 0


cdef bint is_like(Span value, const uint16_t *pattern, Py_ssize_t tokens) noexcept nogil:
    """Each % takes as little as it can, and more whenever what follows it does not fit. Only the last one needs to:
    what fits behind an earlier one, fits."""
    cdef const unsigned char *at = value.data
    cdef const unsigned char *end = value.data + value.size
    cdef const unsigned char *retry = NULL  # where what follows the last % begins
    cdef Py_ssize_t token = 0, after = 0    # the token behind that %
    while True:
        if token < tokens and pattern[token] == ANY_STRING:
            token += 1
            after, retry = token, at
        elif at == end:
            return token == tokens
        elif token < tokens and pattern[token] == ANY_CHARACTER:
            token += 1
            at = next_character(at, end)
        elif token < tokens and pattern[token] == at[0]:
            token += 1
            at += 1
        elif retry == NULL:
            return False
        elif after == tokens:
            return True
        else:
            token = after
            retry = next_character(retry, end)
            if pattern[after] < ANY_CHARACTER:
                retry = <const unsigned char *>memchr(retry, pattern[after], <size_t>(end - retry))
                if retry == NULL:
                    return False
            at = retry


cdef inline const unsigned char *next_character(const unsigned char *at, const unsigned char *end) noexcept nogil:
    at += 1
    while at < end and at[0] & 0xC0 == 0x80:
        at += 1
    return at
