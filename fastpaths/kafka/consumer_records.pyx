# cython: language_level=3
"""kafka-python's ConsumerRecord of decoded records: a named tuple, filled as the interpreter fills a tuple."""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport PyTypeObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_SET_ITEM
from libc.stdint cimport int64_t

from fastpaths.columns.binary cimport BinaryColumn, Span, is_null, value_at
from fastpaths.kafka.decoded cimport Records
from fastpaths.kafka.output cimport NO_HEADERS, Segment
from fastpaths.kafka.record_batch cimport timestamp_type

from kafka.consumer.fetcher import ConsumerRecord

cdef extern from "Python.h":
    object PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t nitems)  # as for a tuple's own constructor: items NULL
    bint PyGC_Disable()
    bint PyGC_Enable()

FIELDS = (
    "topic", "partition", "leader_epoch", "offset", "timestamp", "timestamp_type", "key", "value", "headers",
    "checksum", "serialized_key_size", "serialized_value_size", "serialized_header_size",
)
if ConsumerRecord._fields != FIELDS or ConsumerRecord.__mro__[1:] != tuple.__mro__:
    raise ImportError(f"expected kafka-python's ConsumerRecord to be a named tuple of {FIELDS}, found {ConsumerRecord}")


def append_records(
    list out not None, Records rows not None, topic, partition, deserialize_key=None, deserialize_value=None
):
    """Append a ConsumerRecord a row. Where a deserializer or a header raises, those of the rows before are there.

    deserialize_key, deserialize_value: called as f(topic, headers, data).

    The garbage collector waits meanwhile, unless there are deserializers. A record is no garbage yet, and to look for
    some after every few hundred of them takes longer than to make them. Since Python 3.12 it waits by itself.
    """
    cdef bint waits = deserialize_key is None and deserialize_value is None and PyGC_Disable()
    try:
        _append_records(out, rows, topic, partition, deserialize_key, deserialize_value)
    finally:
        if waits:
            PyGC_Enable()


cdef inline void put(object record, Py_ssize_t i, object field) noexcept:
    Py_INCREF(field)
    PyTuple_SET_ITEM(record, i, field)


cdef inline object value_of(BinaryColumn column, Py_ssize_t i, Py_ssize_t *size):
    """Value i as bytes or None, and its size, -1 for None."""
    cdef Span span
    if is_null(column.validity, column.first_bit, i):
        size[0] = -1
        return None
    span = value_at(column.views, i, column.buffers.data)
    size[0] = span.size
    return PyBytes_FromStringAndSize(<const char *>span.data, span.size)


@cython.boundscheck(False)
@cython.wraparound(False)
cdef int _append_records(
    list out, Records rows, object topic, object partition, object deserialize_key, object deserialize_value
) except -1:
    cdef const int64_t[::1] offsets = rows.offsets, timestamps = rows.timestamps
    cdef Py_ssize_t i = 0, stop, number, key_size = 0, value_size = 0, header_size = 0
    cdef Py_ssize_t last_size = -1     # often that of the next one too: its int is used again
    cdef int64_t last_timestamp = -1
    cdef object last_size_int = -1, last_timestamp_int = -1
    cdef object leader_epoch, type, timestamp, offset, checksum, key_size_int, header_size_int
    cdef const Segment *segment
    cdef list headers
    while i < rows.length:
        number = rows.segments.find(rows.first + i)
        segment = &rows.segments.items[number]
        stop = rows.length
        if number + 1 < rows.segments.count:
            stop = min(stop, rows.segments.items[number + 1].first_row - rows.first)
        leader_epoch = segment.header.leader_epoch
        type = None if timestamp_type(&segment.header) < 0 else timestamp_type(&segment.header)
        legacy = rows.segments.legacy.get(number)
        checksum = None
        while i < stop:
            key = value_of(rows.keys, i, &key_size)
            value = value_of(rows.values, i, &value_size)
            header_size = -1
            if rows.header_at[rows.first + i] == NO_HEADERS:
                headers = []
            else:
                headers = rows.headers_at(rows.first + i, segment, &header_size)
            if deserialize_key is not None:
                key = deserialize_key(topic, headers, key)
            if deserialize_value is not None:
                value = deserialize_value(topic, headers, value)
            if value_size != last_size:
                last_size, last_size_int = value_size, value_size
            if timestamps[i] != last_timestamp:
                last_timestamp, last_timestamp_int = timestamps[i], timestamps[i]
            timestamp = last_timestamp_int
            if legacy is not None:
                original = legacy[rows.first + i - segment.first_row]
                timestamp, checksum = original.timestamp, original.checksum
            offset, key_size_int, header_size_int = offsets[i], key_size, header_size
            record = PyType_GenericAlloc(<PyTypeObject *>ConsumerRecord, 13)
            put(record, 0, topic)
            put(record, 1, partition)
            put(record, 2, leader_epoch)
            put(record, 3, offset)
            put(record, 4, timestamp)
            put(record, 5, type)
            put(record, 6, key)
            put(record, 7, value)
            put(record, 8, headers)
            put(record, 9, checksum)
            put(record, 10, key_size_int)
            put(record, 11, last_size_int)
            put(record, 12, header_size_int)
            out.append(record)
            i += 1
    return 0
