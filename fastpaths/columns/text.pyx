# cython: language_level=3
"""Byte strings as text."""

from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from fastpaths.columns.binary cimport BinaryColumn, Span, is_null, load_short, value_at


cdef inline bint _is_ascii(Span span) noexcept nogil:
    cdef uint64_t bits = 0, word = 0
    cdef Py_ssize_t i = 0
    while span.size - i >= 8:
        memcpy(&word, span.data + i, 8)
        bits |= word
        i += 8
    return (bits | load_short(span.data + i, span.size - i)) & 0x8080808080808080ULL == 0


cdef inline object _decoded(Span span):
    return PyUnicode_DecodeUTF8(<const char *>span.data, span.size, NULL)


def decode(BinaryColumn column not None):
    """A list of str, None for a null. UnicodeDecodeError where a value is not UTF-8."""
    cdef Py_ssize_t i
    cdef list texts = [None] * column.length
    for i in range(column.length):
        if not is_null(column.validity, column.first_bit, i):
            texts[i] = _decoded(value_at(column.views, i, column.buffers.data))
    return texts


def check_utf8(BinaryColumn column not None, str what not None):
    """ValueError for the first value that is not UTF-8. what: how its message begins."""
    cdef Py_ssize_t i
    cdef Span span
    for i in range(column.length):
        span = value_at(column.views, i, column.buffers.data)
        if not _is_ascii(span):
            try:
                _decoded(span)
            except UnicodeDecodeError as error:
                raise ValueError(f"{what}row {i}: expected UTF-8: {error}") from None
