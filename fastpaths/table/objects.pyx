# cython: language_level=3
"""Stored values as Python objects; objects.pxd is the design."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t

from fastpaths.columns.binary cimport BinaryView, Span, value_at
from fastpaths.columns.bits cimport bit
from fastpaths.columns.vector cimport BOOL_KIND, FLOAT64_KIND, INT64_KIND, STR_KIND, TIMESTAMP_KIND
from fastpaths.table.cell cimport has_views

from datetime import timedelta
from decimal import Decimal

from fastpaths.columns.column import EPOCH, EXACT


cdef object object_at(const Store *store, Py_ssize_t row, int scale):
    cdef int64_t number
    cdef Span span
    if store.nulls > 0 and not bit(store.validity, row):
        return None
    if has_views(store.kind):
        span = value_at(<const BinaryView *>store.values, row, <const unsigned char *const *>store.arena.blocks)
        if store.kind == STR_KIND:
            return PyUnicode_DecodeUTF8(<const char *>span.data, span.size, NULL)
        return PyBytes_FromStringAndSize(<const char *>span.data, span.size)
    if store.kind == FLOAT64_KIND:
        return (<const double *>store.values)[row]
    if store.kind == BOOL_KIND:
        return bit(<const unsigned char *>store.values, row)
    number = (<const int64_t *>store.values)[row]
    if store.kind == INT64_KIND:
        return number
    if store.kind == TIMESTAMP_KIND:
        return EPOCH + timedelta(0, 0, number)
    return Decimal(number).scaleb(-scale, EXACT)
