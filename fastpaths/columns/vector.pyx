# cython: language_level=3
"""A Column's vector; vector.pxd is the design."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize

from fastpaths.columns.binary cimport BinaryColumn
from fastpaths.columns.bits cimport bit, bytes_of_bits, set_bit

import numpy

from .types import KINDS

cdef dict DTYPES = {"float64": numpy.float64, "bool": numpy.uint8, "category": numpy.int32}  # of the others int64


@cython.final
cdef class ColumnVector:

    def __init__(self):
        raise TypeError("a ColumnVector comes from vector_of")


cdef ColumnVector vector_of(object column):
    cdef ColumnVector result = ColumnVector.__new__(ColumnVector)
    cdef const unsigned char[::1] bits
    cdef str kind = column.type.kind
    result.vector.kind = <Kind><int>KINDS.index(kind)
    result.vector.length = column.length
    if result.vector.length < 0:
        raise ValueError(f"a column of {kind} has the length {column.length}")
    if kind in ("str", "bytes"):
        _take_views(result, column)
        return result
    if result.vector.length == 0:
        return result
    size = bytes_of_bits(column.length) if kind == "bool" else column.length
    values = _array(column.values, DTYPES.get(kind, numpy.int64), kind, size)
    validity = column.validity
    bits = memoryview(values).cast("B")
    result.vector.values = &bits[0]
    if validity is not None:
        bits = validity = _array(validity, numpy.uint8, f"the validity of {kind}", bytes_of_bits(column.length))
        result.vector.validity = &bits[0]
    result.owners = values, validity
    return result


cdef object _array(object values, object dtype, str what, Py_ssize_t length):
    """`values`, if they are at least `length` of that type, and lie as compiled code reads them: else a copy."""
    if not isinstance(values, numpy.ndarray) or values.dtype != dtype or values.ndim != 1:
        array = isinstance(values, numpy.ndarray)
        found = f"{values.dtype} of {values.ndim} dimensions" if array else type(values).__name__
        raise TypeError(f"a column of {what} is one dimension of {numpy.dtype(dtype)}, found {found}")
    if len(values) < length:
        raise ValueError(f"a column of {what} takes {length} values, found {len(values)}")
    flags = values.flags  # numpy.require asks the same, in a microsecond
    return values if flags.c_contiguous and flags.aligned else numpy.require(values, requirements="CA")


cdef int _take_views(ColumnVector result, object column) except -1:
    if not isinstance(column.values, BinaryColumn):
        raise TypeError(f"a column of {column.type} is a BinaryColumn, found {type(column.values).__name__}")
    cdef BinaryColumn values = column.values
    cdef Py_ssize_t i
    cdef unsigned char *shifted
    if values.length < result.vector.length:
        raise ValueError(f"a column of {column.type} takes {column.length} values, found {values.length}")
    result.vector.values = values.views
    result.vector.data = <const unsigned char *const *>values.buffers.data
    result.owners = values, None
    if values.validity != NULL:
        if values.first_bit % 8 == 0:
            result.vector.validity = values.validity + values.first_bit // 8
        else:
            bits = PyBytes_FromStringAndSize(NULL, bytes_of_bits(values.length))
            shifted = <unsigned char *>PyBytes_AS_STRING(bits)
            for i in range(values.length):
                set_bit(shifted, i, bit(values.validity, values.first_bit + i))
            result.vector.validity = shifted
            result.owners = values, bits
    return 0
