# cython: language_level=3
"""Encodes record batches; encode.pxd is the design."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.long cimport PyLong_CheckExact
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport INT32_MAX, int16_t, int32_t, int64_t
from libc.string cimport memcpy, memset

from fastpaths.columns.binary cimport BinaryColumn, Span, is_null, place, span_of, value_at
from fastpaths.kafka.record_batch cimport (
    ATTRIBUTES_AT,
    RECORDS_AT,
    TRANSACTIONAL,
    BatchHeader,
    write_crc,
    write_header,
)
from fastpaths.kafka.varint cimport size_of_varint, write_varint

import time

import numpy
from crc32c import crc32c

from fastpaths.kafka.compression import CODECS, compress

cdef enum:
    RELEASE_GIL = 2048  # records


cdef inline Span span_at(const Field *field, Py_ssize_t i) noexcept nogil:
    """Value i; of a null, the size is -1."""
    cdef Span span = Span(NULL, -1)
    if field.spans != NULL:
        return field.spans[i]
    if field.views == NULL or is_null(field.validity, field.first_bit, i):
        return span
    return value_at(field.views, i, field.data)


cdef inline int64_t size_of_bytes(int64_t size) noexcept nogil:
    """Bytes of a value of `size`, its length included; of a null, -1."""
    return 1 if size < 0 else size_of_varint(size) + size


cdef inline unsigned char *write_bytes(unsigned char *at, Span span) noexcept nogil:
    at = write_varint(at, span.size)
    if span.size > 0:
        memcpy(at, span.data, <size_t>span.size)
        at += span.size
    return at


cdef inline int64_t time_of(const Rows *rows, Py_ssize_t i) noexcept nogil:
    return rows.timestamp if rows.timestamps == NULL else rows.timestamps[i]


cdef inline int64_t size_of_record(const Rows *rows, Py_ssize_t first, Py_ssize_t i) noexcept nogil:
    """Of record i in a batch that begins with record `first`, its length not included."""
    return (
        1  # attributes
        + size_of_varint(time_of(rows, i) - time_of(rows, first))
        + size_of_varint(i - first)
        + size_of_bytes(span_at(&rows.keys, i).size)
        + size_of_bytes(span_at(&rows.values, i).size)
        + max(span_at(&rows.headers, i).size, <Py_ssize_t>1)
    )


cdef Py_ssize_t fit(
    const Rows *rows, Py_ssize_t first, int64_t limit, int64_t *size, int32_t *sizes
) noexcept nogil:
    """Up to which record a batch from record `first` on takes at most `limit` bytes. Its size; and, unless `sizes` is
    NULL, those of its records."""
    cdef Py_ssize_t i
    cdef int64_t more, length
    size[0] = RECORDS_AT
    for i in range(first, rows.length):
        more = size_of_record(rows, first, i)
        length = size_of_varint(more)
        if more > limit - size[0] - length:
            return i
        if sizes != NULL:
            sizes[i - first] = <int32_t>more
        size[0] += length + more
    return rows.length


cdef int64_t write_records(const Rows *rows, const int32_t *sizes, unsigned char *at) noexcept nogil:
    """Returns the latest timestamp."""
    cdef Py_ssize_t i
    cdef int64_t timestamp, first = time_of(rows, 0), latest = first
    cdef Span headers
    for i in range(rows.length):
        timestamp = time_of(rows, i)
        latest = max(latest, timestamp)
        at = write_varint(at, sizes[i])
        at[0] = 0  # attributes
        at = write_varint(at + 1, timestamp - first)
        at = write_varint(at, i)
        at = write_bytes(at, span_at(&rows.keys, i))
        at = write_bytes(at, span_at(&rows.values, i))
        headers = span_at(&rows.headers, i)
        if headers.size < 0:
            at[0] = 0
            at += 1
        else:
            memcpy(at, headers.data, <size_t>headers.size)
            at += headers.size
    return latest


@cython.final
cdef class FieldOwner:

    @cython.boundscheck(False)
    @cython.wraparound(False)
    def __cinit__(self, objects, str what):
        """objects: a BinaryColumn, or an iterable of bytes and None."""
        cdef BinaryColumn column
        cdef tuple values
        cdef Py_ssize_t i
        self.kept = objects
        if isinstance(objects, BinaryColumn):
            column = objects
            self.field.views = column.views
            self.field.data = column.buffers.data
            self.field.validity = column.validity
            self.field.first_bit = column.first_bit
            return
        self.kept = values = tuple(objects)
        self.spans = <Span *>PyMem_Malloc(<size_t>max(len(values), 1) * sizeof(Span))
        if self.spans == NULL:
            raise MemoryError
        for i in range(len(values)):
            value = values[i]
            if PyBytes_CheckExact(value):  # the usual: without a call, and its check for an error
                self.spans[i] = Span(<const unsigned char *>PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
            else:
                self.spans[i] = bytes_span(value, what, i)
        self.field.spans = self.spans

    def __dealloc__(self):
        PyMem_Free(self.spans)

    def __len__(self):
        return len(self.kept)


@cython.final
cdef class Batch:

    def __cinit__(self, values not None, keys, headers, timestamps):
        self.values = FieldOwner(values, "value")
        self.rows.length = len(self.values)
        self.rows.values = self.values.field
        if keys is not None:
            self.keys = FieldOwner(keys, "key")
            self.rows.keys = self.keys.field
            self.check_length("keys", len(self.keys))
        if headers is not None:
            encoded = [None if pairs is None else encode_headers(pairs) for pairs in headers]
            self.headers = FieldOwner(encoded, "headers")
            self.rows.headers = self.headers.field
            self.check_length("headers", len(self.headers))
        if timestamps is None:
            self.rows.timestamp = time.time_ns() // 1_000_000
        elif isinstance(timestamps, int):
            self.rows.timestamp = timestamps
        else:
            self.use_timestamps(timestamps)

    cdef int check_length(self, str what, Py_ssize_t length) except -1:
        if length != self.rows.length:
            raise ValueError(f"expected as many {what} as values, {self.rows.length}, found {length}")
        return 0

    cdef int use_timestamps(self, timestamps) except -1:
        cdef const int64_t[::1] view
        array = int64s(timestamps) if isinstance(timestamps, (list, tuple)) else numpy.asarray(timestamps)
        if array.ndim != 1 or (array.dtype.kind not in "iu" and len(array) > 0):
            raise TypeError(f"expected timestamps as one dimension of integers, found {array.ndim} of {array.dtype}")
        self.check_length("timestamps", len(array))
        if len(array) == 0:
            return 0
        if array.dtype == numpy.uint64 and array.max() > 2**63 - 1:
            raise OverflowError("a timestamp must fit in an int64")
        self.timestamps = view = numpy.ascontiguousarray(array, numpy.int64)
        if int(array.max()) - int(array.min()) >= 2**63:
            raise OverflowError("timestamps of one batch must be less than 2**63 ms apart")
        self.rows.timestamps = &view[0]
        return 0


@cython.wraparound(False)
cdef object int64s(numbers):
    """What numpy makes of a list or tuple of integers, in a fraction of its time."""
    cdef Py_ssize_t i
    array = numpy.empty(len(numbers), numpy.int64)
    cdef int64_t[::1] view = array
    for i in range(view.shape[0]):
        number = numbers[i]
        if not PyLong_CheckExact(number) and not isinstance(number, (int, numpy.integer)):
            raise TypeError(f"{place('timestamp', i)} must be an integer, found {type(number).__name__}")
        view[i] = number
    return array


cdef Span bytes_span(object value, str what, Py_ssize_t i) except *:
    if value is None:
        return Span(NULL, -1)
    if isinstance(value, bytes):
        return Span(<const unsigned char *>PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value))
    raise TypeError(f"{place(what, i)} must be bytes or None, found {type(value).__name__}")


cdef bytes encode_headers(pairs):
    """The headers of one record: their count, then name and value of each."""
    cdef list names = [], values = []
    cdef int64_t size
    cdef Py_ssize_t i
    cdef unsigned char *at
    for name, value in pairs:
        if not isinstance(name, str):
            raise TypeError(f"a header's name must be str, found {type(name).__name__}")
        names.append(name)
        values.append(value)
    size = size_of_varint(len(names))
    for i in range(len(names)):
        size += size_of_bytes(span_of(names[i], "header name", i).size)
        size += size_of_bytes(bytes_span(values[i], "header value", i).size)
    encoded = PyBytes_FromStringAndSize(NULL, size)
    at = write_varint(<unsigned char *>PyBytes_AS_STRING(encoded), len(names))
    for i in range(len(names)):
        at = write_bytes(at, span_of(names[i], "header name", i))
        at = write_bytes(at, bytes_span(values[i], "header value", i))
    return encoded


def encode(
    values not None,
    keys=None,
    headers=None,
    timestamps=None,
    *,
    int64_t base_offset=0,
    int64_t producer_id=-1,
    int16_t producer_epoch=-1,
    int32_t base_sequence=-1,
    bint is_transactional=False,
    compression=None,
):
    """One record batch (version 2) of n records, as bytes.

    values, keys: n each, a BinaryColumn or a list of bytes and None. No keys: all null.
    headers: n lists of (name, value), str and bytes or None; None for a record without. No headers: none has any.
    timestamps: n int64, milliseconds since 1970, UTC, or one for all; by default the current time.
    producer_id, producer_epoch, base_sequence: of an idempotent or a transactional producer.
    compression: "gzip", "snappy", "lz4" or "zstd"; a batch that it would not make smaller is left as it is.

    ValueError for no records at all, and for a batch of more than 2**31 - 1 bytes, which `split` avoids.
    """
    cdef Batch batch = Batch(values, keys, headers, timestamps)
    cdef Rows *rows = &batch.rows
    cdef BatchHeader header
    if compression not in CODECS:
        raise ValueError(f"compression must be one of {', '.join(map(repr, CODECS))}, found {compression!r}")
    if producer_id < 0 and is_transactional:
        raise ValueError("a transactional batch needs a producer_id")
    if producer_id >= 0 and (producer_epoch < 0 or base_sequence < 0):
        raise ValueError(
            "a producer_id needs a producer_epoch and a base_sequence of at least 0, "
            f"found {producer_epoch} and {base_sequence}"
        )
    if rows.length == 0:
        raise ValueError("a record batch has at least one record, found none")
    memset(&header, 0, sizeof(BatchHeader))
    encoded = encode_records(rows, &header.max_timestamp)
    if compression is not None:
        compressed = compress(compression, memoryview(encoded)[RECORDS_AT:])
        if len(compressed) < len(encoded) - RECORDS_AT:
            header.attributes = <int16_t>CODECS.index(compression)
            encoded = b"".join((encoded[:RECORDS_AT], compressed))
    if is_transactional:
        header.attributes |= TRANSACTIONAL
    header.magic = 2
    header.size = len(encoded)
    header.base_offset = base_offset
    header.last_offset_delta = <int32_t>(rows.length - 1)
    header.first_timestamp = time_of(rows, 0)
    header.producer_id, header.producer_epoch, header.base_sequence = producer_id, producer_epoch, base_sequence
    header.count = <int32_t>rows.length
    cdef unsigned char *data = <unsigned char *>PyBytes_AS_STRING(encoded)  # nobody else has it yet
    write_header(data, &header)
    write_crc(data, crc32c(memoryview(encoded)[ATTRIBUTES_AT:]))
    return encoded


cdef bytes encode_records(const Rows *rows, int64_t *latest_time):
    """Room for a header, and the records."""
    cdef int64_t size = 0
    cdef Py_ssize_t fitting
    cdef int32_t *sizes = <int32_t *>PyMem_Malloc(<size_t>rows.length * sizeof(int32_t))
    if sizes == NULL:
        raise MemoryError
    try:
        fitting = fit(rows, 0, INT32_MAX, &size, sizes)
        if fitting < rows.length:
            raise ValueError(
                f"a record batch takes at most {INT32_MAX} bytes, which record {fitting} of {rows.length} exceeds; "
                "split it"
            )
        encoded = PyBytes_FromStringAndSize(NULL, size)
        at = <unsigned char *>PyBytes_AS_STRING(encoded) + RECORDS_AT  # nobody else has it yet
        if rows.length < RELEASE_GIL:
            latest_time[0] = write_records(rows, sizes, at)
        else:
            with nogil:
                latest_time[0] = write_records(rows, sizes, at)
    finally:
        PyMem_Free(sizes)
    return encoded


def split(values not None, keys=None, headers=None, timestamps=None, *, int64_t max_bytes):
    """How to cut rows into batches of at most max_bytes each, before compression: a list of slices.

    The rows are those of `encode`, and encode(values[rows], keys[rows], …) makes the batch of each slice. A record that
    is larger by itself has a batch of its own, larger than max_bytes.
    """
    cdef Batch batch = Batch(values, keys, headers, timestamps)
    cdef Py_ssize_t start = 0, stop
    cdef int64_t size = 0
    cuts = []
    while start < batch.rows.length:
        stop = max(fit(&batch.rows, start, max_bytes, &size, NULL), start + 1)
        cuts.append(slice(start, stop))
        start = stop
    return cuts
