# cython: language_level=3
"""Python objects, read as values of a column's type; scalars.pxd is the design."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int64_t

from fastpaths.columns.binary cimport MAX_BYTES, Span

from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from operator import index as as_int
from reprlib import repr as shortened

import numpy

cdef object EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
cdef object EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])  # of 19 digits, at most 18 behind the point
cdef int64_t DAY = 86_400_000_000


cdef int _refuse(str expected, object value) except -1:
    raise TypeError(f"expected {expected}, found {type(value).__name__} {shortened(value)}")


cdef int _overflow(object expected, object value) except -1:
    raise OverflowError(f"expected {expected}, found {shortened(value)}, which does not fit in 64 bits")


cdef int64_t unusual_int64(object value) except? -1:
    if isinstance(value, bool) or not isinstance(value, (int, numpy.integer)):
        _refuse("an int", value)
    number = as_int(value)
    if not -2**63 <= number < 2**63:
        _overflow("an int", number)
    return number


cdef double unusual_float64(object value) except? -1:
    if isinstance(value, bool) or not isinstance(value, (int, float, numpy.integer, numpy.floating)):
        _refuse("a float", value)
    try:
        return float(value)
    except OverflowError:
        raise OverflowError(f"expected a float, found {shortened(value)}, which is too large for one") from None


cdef int bool_of(object value) except -1:
    if value is True or value is False:
        return value is True
    if not isinstance(value, numpy.bool_):
        _refuse("a bool", value)
    return bool(value)


cdef int64_t timestamp_of(object value) except? -1:
    if not isinstance(value, datetime):
        _refuse("an aware datetime", value)
    if value.utcoffset() is None:
        raise ValueError(f"expected an aware datetime, found {value!r}, which has no time zone")
    if getattr(value, "nanosecond", 0):  # pandas' Timestamp
        raise ValueError(f"expected whole microseconds, found {value!r}")
    since = value - EPOCH
    return <int64_t>since.days * DAY + <int64_t>since.seconds * 1_000_000 + <int64_t>since.microseconds


cdef int64_t decimal_of(object value, int scale) except? -1:
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, str, numpy.integer)):
        _refuse("a Decimal, int or str", value)
    try:
        exact = value if isinstance(value, Decimal) else Decimal(as_int(value) if not isinstance(value, str) else value)
        if not exact.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(f"expected a finite decimal number, found {shortened(value)}") from None
    if exact.adjusted() + scale > 18 and exact:
        _overflow(f"a decimal({scale})", value)
    try:
        units = int(EXACT.to_integral_exact(EXACT.scaleb(exact, scale)))
    except Inexact:
        raise ValueError(f"expected at most {scale} digits behind the point, found {shortened(value)}") from None
    if not -2**63 <= units < 2**63:
        _overflow(f"a decimal({scale})", value)
    return units


cdef Span bytes_of(object value) except *:
    cdef Span span
    if not isinstance(value, bytes):
        _refuse("bytes", value)
    span.data = <const unsigned char *>PyBytes_AS_STRING(value)
    span.size = PyBytes_GET_SIZE(value)
    _check_size(span.size)
    return span


cdef Span unusual_text(object value) except *:
    cdef Span span
    span.size = 0
    if not isinstance(value, str):
        _refuse("a str", value)
    try:
        span.data = <const unsigned char *>PyUnicode_AsUTF8AndSize(value, &span.size)
    except UnicodeEncodeError as error:
        raise ValueError(f"expected valid Unicode: {error}") from None
    _check_size(span.size)
    return span


cdef int _check_size(Py_ssize_t size) except -1:
    if size > MAX_BYTES:
        raise ValueError(f"expected at most {MAX_BYTES} bytes, found {size}")
    return 0
