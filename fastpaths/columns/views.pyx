# cython: language_level=3
"""BinaryColumns of parts that come from elsewhere: views and offsets of Arrow arrays, and other BinaryColumns."""

from libc.stdint cimport int32_t
from libc.string cimport memcmp, memcpy, memset

from fastpaths.columns.binary cimport (
    INLINED, BinaryColumn, BinaryView, Buffers, is_null, make_view, new_column, set_validity, wrap_column,
)

import numpy

from fastpaths.columns.errors import MalformedArrow


cdef enum Found:
    SOUND     # as a BinaryColumn has it
    UNTIDY    # a value, but not all bytes as a BinaryColumn has them: behind an inlined one, or under a null
    OUTSIDE
    DIFFERENT


cdef Found _look_at(const BinaryView *view, Buffers buffers) noexcept nogil:
    cdef BinaryView tidy
    if view.length < 0:
        return OUTSIDE
    if view.length <= INLINED:
        tidy = make_view(<const unsigned char *>view + 4, 0, 0, view.length)
        return SOUND if memcmp(&tidy, view, sizeof(BinaryView)) == 0 else UNTIDY
    if not 0 <= view.buffer < buffers.count:
        return OUTSIDE
    if view.offset < 0 or view.offset > buffers.pins[view.buffer].len - view.length:
        return OUTSIDE
    return SOUND if memcmp(view.prefix, buffers.data[view.buffer] + view.offset, 4) == 0 else DIFFERENT


def from_views(views not None, list buffers not None, Py_ssize_t length, validity):
    """A column over `length` views, as bytes, and their data buffers, from the first bit of the validity on. The views
    are copied only where they are not quite what a BinaryColumn has."""
    cdef BinaryColumn column = wrap_column(length, views, Buffers(*buffers), validity)
    cdef BinaryColumn copy = None
    cdef BinaryView view
    cdef Found found
    cdef Py_ssize_t i
    for i in range(length):
        memcpy(&view, column.views + i, sizeof(BinaryView))
        if is_null(column.validity, 0, i):
            found = SOUND if _is_zero(&view) else UNTIDY
            view.length = 0
        else:
            found = _look_at(&view, column.buffers)
        if found == OUTSIDE or found == DIFFERENT:
            where = f"{view.length} bytes from byte {view.offset} of buffer {view.buffer}"
            wrong = "of which there are not so many" if found == OUTSIDE else "which begin otherwise"
            raise MalformedArrow(f"view {i} is of {where}, {wrong}")
        if found == UNTIDY:
            if copy is None:
                copy = new_column(length, column.buffers)
                memcpy(copy.views, column.views, <size_t>length * sizeof(BinaryView))
            copy.views[i] = make_view(<const unsigned char *>&view + 4, 0, 0, view.length)
    if copy is None:
        return column
    if validity is not None:
        set_validity(copy, validity)
    return copy


cdef bint _is_zero(const BinaryView *view) noexcept nogil:
    cdef BinaryView zero
    memset(&zero, 0, sizeof(BinaryView))
    return memcmp(&zero, view, sizeof(BinaryView)) == 0


def from_offsets(data not None, offsets not None, validity):
    """BinaryColumn.from_offsets, with nulls."""
    cdef BinaryColumn column
    try:
        column = BinaryColumn.from_offsets(data, offsets)
    except ValueError as error:
        raise MalformedArrow(str(error)) from None
    cdef Py_ssize_t i
    if validity is not None:
        set_validity(column, validity)
        for i in range(column.length):
            if is_null(column.validity, 0, i):
                memset(&column.views[i], 0, sizeof(BinaryView))
    return column


def concat_binary(list columns not None):
    """One column of the values of many, sharing their data buffers."""
    cdef BinaryColumn column, whole
    cdef Py_ssize_t i, done = 0
    cdef int32_t first = 0
    whole = new_column(sum(map(len, columns)), Buffers(*[buffer for part in columns for buffer in part._data()]))
    for column in columns:
        memcpy(whole.views + done, column.views, <size_t>column.length * sizeof(BinaryView))
        for i in range(done, done + column.length):
            if whole.views[i].length > INLINED:
                whole.views[i].buffer += first
        done += column.length
        first += column.buffers.count
    if any([column.null_count for column in columns]):
        valid = numpy.concatenate([column.is_valid() for column in columns])
        set_validity(whole, numpy.packbits(valid, bitorder="little"))
    return whole
