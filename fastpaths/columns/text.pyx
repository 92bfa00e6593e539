# cython: language_level=3
"""Byte strings as text; text.pxd is what others use of it."""

cimport cython
from cpython.dict cimport PyDict_Size
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy

from fastpaths.columns.binary cimport BinaryColumn, Span, is_null, load_short, value_at
from fastpaths.columns.bits cimport copy_bits

import numpy

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, object) except? NULL


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


cdef object utf8_error(Span span):
    if not _is_ascii(span):
        try:
            _decoded(span)
        except UnicodeDecodeError as error:
            return error
    return None


def decode(BinaryColumn column not None):
    """A list of str, None for a null. UnicodeDecodeError where a value is not UTF-8."""
    cdef Py_ssize_t i
    cdef list texts = [None] * column.length
    for i in range(column.length):
        if not is_null(column.validity, column.first_bit, i):
            texts[i] = _decoded(value_at(column.views, i, column.buffers.data))
    return texts


def check_utf8(BinaryColumn column not None, str where not None):
    """ValueError for the first value that is not UTF-8. where: what its message begins with, before the row."""
    cdef Py_ssize_t i
    for i in range(column.length):
        error = utf8_error(value_at(column.views, i, column.buffers.data))
        if error is not None:
            raise ValueError(f"{where}{', ' if where else ''}row {i}: expected UTF-8: {error}")


@cython.boundscheck(False)
@cython.wraparound(False)
def encode(BinaryColumn column not None):
    """As categories: the number of each value, as int32; their validity as bits, or None; and the distinct values, in
    the order of their appearance."""
    cdef Py_ssize_t i
    cdef dict categories = {}
    cdef PyObject *number
    encoded = numpy.zeros(column.length, numpy.int32)
    cdef int32_t[::1] numbers = encoded
    for i in range(column.length):
        value = column.value(i)
        if value is None:
            continue
        number = PyDict_GetItemWithError(categories, value)
        if number == NULL:
            numbers[i] = <int32_t>PyDict_Size(categories)
            categories[value] = numbers[i]
        else:
            numbers[i] = <int32_t><object>number
    encoded.flags.writeable = False
    validity = None if column.validity == NULL else copy_bits(column.validity, column.first_bit, column.length)
    return encoded, validity, BinaryColumn.from_values(categories)
