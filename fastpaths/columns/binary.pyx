# cython: language_level=3
"""A column of byte strings in Arrow's binary_view layout; binary.pxd is its design."""

cimport cython
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.number cimport PyNumber_AsSsize_t
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.stdint cimport int32_t, int64_t
from libc.string cimport memcmp, memcpy, memset

from fastpaths.columns.bits cimport bytes_of_bits, copy_bits, count_set, is_row, refuse_row, set_bit, take_validity
from fastpaths.columns.memory cimport memory_at

from reprlib import repr as shortened

import numpy

from fastpaths.columns.arrays import unpacked
from fastpaths.columns.types import Type

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX

ctypedef fused offset_t:
    int32_t
    int64_t


@cython.final
cdef class Buffers:

    def __cinit__(self, *objects):
        self.pins = <Py_buffer *>PyMem_Calloc(len(objects), sizeof(Py_buffer))
        self.data = <const unsigned char **>PyMem_Calloc(len(objects), sizeof(unsigned char *))
        if self.pins == NULL or self.data == NULL:
            raise MemoryError
        cdef Py_buffer *pin
        for buffer in objects:
            pin = self.pins + self.count
            PyObject_GetBuffer(buffer, pin, PyBUF_SIMPLE)
            self.data[self.count] = <const unsigned char *>pin.buf
            self.count += 1
            self.nbytes += pin.len
            if pin.len > MAX_BYTES:
                raise ValueError(
                    f"a data buffer of a BinaryColumn holds at most {MAX_BYTES} bytes, found {pin.len}; "
                    "build a column over each part"
                )

    def __dealloc__(self):
        for i in range(self.count):
            PyBuffer_Release(&self.pins[i])
        PyMem_Free(self.pins)
        PyMem_Free(self.data)


cdef Buffers NO_BUFFERS = Buffers()


cdef BinaryColumn new_column(Py_ssize_t length, Buffers buffers):
    cdef BinaryColumn column = BinaryColumn.__new__(BinaryColumn)
    if length > PY_SSIZE_T_MAX // <Py_ssize_t>sizeof(BinaryView):
        raise MemoryError
    column.owner = PyBytes_FromStringAndSize(NULL, length * <Py_ssize_t>sizeof(BinaryView))
    column.views = <BinaryView *>PyBytes_AS_STRING(column.owner)
    column.length = length
    column.buffers = buffers
    return column


cdef BinaryColumn wrap_column(Py_ssize_t length, object owner, Buffers buffers, object validity_owner):
    cdef BinaryColumn column = BinaryColumn.__new__(BinaryColumn)
    cdef const unsigned char[::1] views = owner
    if views.shape[0] // <Py_ssize_t>sizeof(BinaryView) < length:
        raise ValueError(f"{length} views take {length * sizeof(BinaryView)} bytes, found {views.shape[0]}")
    column.owner = owner
    column.views = <BinaryView *>&views[0] if length > 0 else NULL
    column.length = length
    column.buffers = buffers
    if validity_owner is not None:
        set_validity(column, validity_owner)
    return column


cdef int set_validity(BinaryColumn column, object owner) except -1:
    cdef const unsigned char[::1] bits = owner
    if bits.shape[0] < bytes_of_bits(column.length):
        raise ValueError(
            f"the validity of {column.length} values takes {bytes_of_bits(column.length)} bytes, found {bits.shape[0]}"
        )
    if column.length > 0:
        column.validity_owner = owner
        column.validity = &bits[0]
    return 0


@cython.final
cdef class BinaryColumn:
    """A read-only column of byte strings, in Arrow's binary_view layout: 16 bytes a value, and the data buffers that
    values longer than 12 bytes lie in; a value may also be null, None in Python. A value, and a data buffer, is at most
    2**31 - 1 bytes.

    A column borrows its data buffers, and a slice shares those of its column; compact() copies out. Their bytes must
    not change while the column lives.
    """

    def __cinit__(self):
        self.owner = b""
        self.buffers = NO_BUFFERS

    def __init__(self):
        raise TypeError("build a BinaryColumn with BinaryColumn.from_values or BinaryColumn.from_offsets")

    @staticmethod
    def from_offsets(data not None, offsets not None):
        """The values data[offsets[i] : offsets[i + 1]] of one contiguous buffer, which the column borrows.

        offsets: n + 1 int32 or int64 for n values, not decreasing, each within `data`. ValueError where they are not.
        """
        cdef Buffers buffers = Buffers(data)
        shape = memoryview(offsets)
        if shape.ndim != 1 or not shape.c_contiguous or shape.format not in ("i", "l", "q"):
            raise TypeError(
                "offsets must be one contiguous dimension of int32 or int64, "
                f"found {shape.ndim} dimensions of format {shape.format!r}"
            )
        if shape.itemsize == sizeof(int32_t):
            return _from_offsets[int32_t](buffers, offsets)
        return _from_offsets[int64_t](buffers, offsets)

    @staticmethod
    def from_values(values not None):
        """Copies an iterable of bytes, str and None; a str is stored as UTF-8."""
        cdef tuple kept = tuple(values)
        cdef Py_ssize_t i, size, long_bytes = 0
        for i in range(len(kept)):
            if kept[i] is not None:
                size = span_of(kept[i], "value", i).size
                if size > INLINED:
                    long_bytes += size  # cannot overflow: all of it is in memory
        cdef BinaryBuilder builder = BinaryBuilder(len(kept), long_bytes)
        for i in range(len(kept)):
            if kept[i] is None:
                builder.append_null()
            else:
                builder.append(span_of(kept[i], "value", i))
        return builder.finish()

    def compact(self):
        """A copy that owns exactly the bytes of its values and keeps no other buffer alive."""
        cdef Py_ssize_t i, long_bytes = 0
        for i in range(self.length):
            if self.views[i].length > INLINED:
                long_bytes += self.views[i].length
        cdef BinaryBuilder builder = BinaryBuilder(self.length, long_bytes)
        for i in range(self.length):
            if is_null(self.validity, self.first_bit, i):
                builder.append_null()
            else:
                builder.append(value_at(self.views, i, self.buffers.data))
        return builder.finish()

    @cython.boundscheck(False)
    @cython.wraparound(False)
    def take(self, const int64_t[::1] rows not None):
        """The values at `rows`, an int64 array; a row of -1 gives a null. The data buffers are shared."""
        cdef BinaryColumn taken = new_column(rows.shape[0], self.buffers)
        cdef Py_ssize_t i
        cdef int64_t row
        for i in range(rows.shape[0]):
            row = rows[i]
            if not is_row(row, self.length):
                refuse_row(row, i, self.length)
            if row < 0:
                memset(&taken.views[i], 0, sizeof(BinaryView))
            else:
                memcpy(&taken.views[i], &self.views[row], sizeof(BinaryView))
        validity = take_validity(self.validity, self.first_bit, self.length, rows)
        if validity is not None:
            set_validity(taken, validity)
        return taken

    @property
    def nbytes(self):
        """Bytes that this column keeps alive, whole, however little of them a slice shows: views, data, validity."""
        return len(self.owner) + self.buffers.nbytes + (0 if self.validity == NULL else len(self.validity_owner))

    @property
    def null_count(self):
        """How many values are null."""
        return 0 if self.validity == NULL else self.length - count_set(self.validity, self.first_bit, self.length)

    def is_valid(self):
        """An array of bool: True for a value, False for a null."""
        if self.validity == NULL:
            return numpy.ones(self.length, numpy.bool_)
        return unpacked(copy_bits(self.validity, self.first_bit, self.length), self.length)

    def _data(self):
        """Its data buffers."""
        pins = self.buffers.pins
        return [memory_at(self.buffers, pins[i].buf, pins[i].len) for i in range(self.buffers.count)]

    def _arrow_buffers(self):
        """The number of its first value in Arrow's buffers, and those: validity or None, views, data, sizes of data."""
        data = self._data()
        sizes = numpy.array([memoryview(buffer).nbytes for buffer in data], numpy.int64)
        return self.first_bit, [self.validity_owner, self.owner, *data, sizes]

    def __arrow_c_schema__(self):
        from fastpaths.columns.arrow_out import schema_capsule
        from fastpaths.columns.to_arrow import field_of
        return schema_capsule(field_of(Type("bytes")))

    def __arrow_c_array__(self, requested_schema=None):
        """As binary_view, without a copy."""
        from fastpaths.columns.arrow_out import array_capsule
        from fastpaths.columns.to_arrow import array_of_binary
        return self.__arrow_c_schema__(), array_capsule(array_of_binary(self))

    cdef object value(self, Py_ssize_t i):
        if is_null(self.validity, self.first_bit, i):
            return None
        cdef Span span = value_at(self.views, i, self.buffers.data)
        return PyBytes_FromStringAndSize(<const char *>span.data, span.size)

    def __len__(self):
        return self.length

    def __getitem__(self, key):
        cdef Py_ssize_t i
        if isinstance(key, slice):
            return _slice(self, range(*key.indices(self.length)))
        i = PyNumber_AsSsize_t(key, IndexError)
        if i < 0:
            i += self.length
        if not 0 <= i < self.length:
            raise IndexError(f"value {key} of a BinaryColumn of {self.length} values")
        return self.value(i)

    def __iter__(self):
        for i in range(self.length):
            yield self.value(i)

    def __eq__(self, other):
        return _equal(self, <BinaryColumn>other) if isinstance(other, BinaryColumn) else NotImplemented

    __hash__ = None

    def __repr__(self):
        shown = shortened([self.value(i) for i in range(min(self.length, 7))])  # reprlib shows six
        return f"BinaryColumn({shown}, length={self.length})"


cdef BinaryColumn _slice(BinaryColumn column, object rows):
    cdef Py_ssize_t start = rows.start
    cdef BinaryColumn part
    if rows.step == 1:
        part = BinaryColumn.__new__(BinaryColumn)
        part.owner = column.owner
        part.views = column.views + start
        part.length = len(rows)
        part.buffers = column.buffers
        part.validity = column.validity
        part.first_bit = column.first_bit + start
        part.validity_owner = column.validity_owner
        return part
    return column.take(numpy.arange(start, rows.stop, rows.step, numpy.int64))


cdef bint _equal(BinaryColumn a, BinaryColumn b) noexcept:
    cdef Py_ssize_t i
    cdef Span x, y
    if a.length != b.length:
        return False
    for i in range(a.length):
        if is_null(a.validity, a.first_bit, i) != is_null(b.validity, b.first_bit, i):
            return False
        x = value_at(a.views, i, a.buffers.data)
        y = value_at(b.views, i, b.buffers.data)
        if x.size != y.size or memcmp(x.data, y.data, <size_t>x.size) != 0:
            return False
    return True


@cython.boundscheck(False)
@cython.wraparound(False)
cdef BinaryColumn _from_offsets(Buffers buffers, const offset_t[::1] offsets):
    cdef Py_ssize_t i, n = offsets.shape[0] - 1
    if n < 0:
        raise ValueError("offsets must hold one more than there are values, found none at all")
    cdef BinaryColumn column = new_column(n, buffers)
    cdef offset_t start = offsets[0], stop
    if not 0 <= start <= buffers.nbytes:
        raise ValueError(f"offsets[0] = {start} is outside the data of {buffers.nbytes} bytes")
    for i in range(n):
        stop = offsets[i + 1]  # read once: what is checked is what is used
        if not start <= stop <= buffers.nbytes:
            if stop < start:
                raise ValueError(f"offsets[{i + 1}] = {stop} is less than offsets[{i}] = {start}")
            raise ValueError(f"offsets[{i + 1}] = {stop} is outside the data of {buffers.nbytes} bytes")
        column.views[i] = make_view(buffers.data[0], 0, <int32_t>start, <int32_t>(stop - start))
        start = stop
    return column


cdef str place(str what, Py_ssize_t i):
    return what if i < 0 else f"{what}s[{i}]"


cdef Span span_of(object value, str what, Py_ssize_t i) except *:
    cdef Span span
    span.size = 0
    if isinstance(value, bytes):
        span.data = <const unsigned char *>PyBytes_AS_STRING(value)
        span.size = PyBytes_GET_SIZE(value)
    elif isinstance(value, str):
        try:
            span.data = <const unsigned char *>PyUnicode_AsUTF8AndSize(value, &span.size)
        except UnicodeEncodeError as error:
            raise ValueError(f"{place(what, i)} is not valid Unicode: {error}") from None
    else:
        raise TypeError(f"{place(what, i)} must be bytes or str, found {type(value).__name__}")
    if span.size > MAX_BYTES:
        raise ValueError(f"{place(what, i)} has {span.size} bytes; at most {MAX_BYTES} are possible")
    return span


@cython.final
cdef class BinaryBuilder:

    def __cinit__(self, Py_ssize_t length, Py_ssize_t long_bytes=0):
        self.column = new_column(length, NO_BUFFERS)
        self.long_bytes = long_bytes
        self.blocks = []

    cdef int append(self, Span value) except -1:
        cdef int32_t length = <int32_t>value.size
        if length <= INLINED:
            self.column.views[self.filled] = make_view(value.data, 0, 0, length)
        else:
            if length > self.size - self.used:
                self.add_block(length)
            memcpy(self.block + self.used, value.data, <size_t>length)
            self.column.views[self.filled] = make_view(
                self.block, <int32_t>len(self.blocks) - 1, <int32_t>self.used, length
            )
            self.used += length
            self.long_bytes -= length
        self.filled += 1
        return 0

    cdef int append_null(self) except -1:
        if self.validity is None:
            self.validity = bytearray(b"\xff" * bytes_of_bits(self.column.length))
        set_bit(self.validity, self.filled, False)
        memset(&self.column.views[self.filled], 0, sizeof(BinaryView))
        self.filled += 1
        return 0

    cdef int add_block(self, int32_t needed) except -1:
        self.trim()
        self.size = self.long_bytes if self.long_bytes > 0 else min(2 * self.size, <Py_ssize_t>LARGE_BLOCK)
        self.size = min(max(self.size, needed, <Py_ssize_t>SMALL_BLOCK), <Py_ssize_t>MAX_BYTES)
        self.used = 0
        block = PyBytes_FromStringAndSize(NULL, self.size)
        self.block = <unsigned char *>PyBytes_AS_STRING(block)
        self.blocks.append(block)
        return 0

    cdef int trim(self) except -1:
        if self.used < self.size:
            self.blocks[-1] = self.blocks[-1][:self.used]
        return 0

    cdef BinaryColumn finish(self):
        self.trim()
        self.column.length = self.filled
        self.column.buffers = Buffers(*self.blocks)
        if self.validity is not None:
            set_validity(self.column, bytes(self.validity))
        return self.column
