# cython: language_level=3
"""Decoded records; decoded.pxd is the design."""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.number cimport PyNumber_AsSsize_t
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport int64_t

from fastpaths.kafka.output cimport NO_HEADERS, Out, OutColumns, Segment, Segments
from fastpaths.kafka.record_batch cimport record_batch
from fastpaths.kafka.varint cimport read_varint

import numpy

from fastpaths.kafka.errors import CorruptRecordBatch


@cython.final
cdef class Records:
    """Records in columns, each of len(records) values.

    offsets, timestamps (milliseconds since 1970, UTC; -1 where there is none): int64, read-only.
    keys, values: BinaryColumn, nulls included, which view the buffer that was decoded, or what was decompressed of it.
    next_offset: the one after these records, past those that compaction removed and control records.
    consumed: bytes of the buffer that whole batches take; part of one more may follow.

    A slice of step 1 shares the memory of all.
    """

    def __init__(self):
        raise TypeError("Records come from decode or from a RecordReader")

    def __len__(self):
        return self.length

    def __getitem__(self, key):
        cdef Records part
        if not isinstance(key, slice):
            raise TypeError(f"Records are cut by a slice, found {type(key).__name__}")
        start, stop, step = key.indices(self.length)
        if step != 1:
            raise ValueError(f"Records are cut by a slice of step 1, found {step}")
        stop = max(start, stop)
        part = Records.__new__(Records)
        part.offsets, part.timestamps = self.offsets[start:stop], self.timestamps[start:stop]
        part.keys, part.values = self.keys[start:stop], self.values[start:stop]
        part.next_offset = self.next_offset if stop == self.length else self.offsets[stop]
        part.consumed = self.consumed
        part.first = self.first + start
        part.length = stop - start
        part.segments = self.segments
        part.header_at, part.block = self.header_at, self.block
        return part

    @property
    def batches(self):
        """The batches that these records lie in, in order: (RecordBatch, range of its rows)."""
        cdef Py_ssize_t i, start, stop
        cdef Segments segments = self.segments
        found = []
        for i in range(segments.count):
            start = segments.items[i].first_row - self.first
            stop = segments.items[i + 1].first_row - self.first if i + 1 < segments.count else self.length
            rows = range(max(start, 0), min(stop, self.length))
            if len(rows) > 0:
                found.append((record_batch(&segments.items[i].header), rows))
        return found

    def batch(self, i):
        """The RecordBatch that record i lies in."""
        return record_batch(&self.segments.items[self.segments.find(self.row(i))].header)

    def headers(self, i):
        """The headers of record i: a list of (name, value), as kafka-python has them; a value is bytes or None.

        CorruptRecordBatch where a name is not UTF-8.
        """
        cdef Py_ssize_t row = self.row(i), nbytes = 0
        return self.headers_at(row, &self.segments.items[self.segments.find(row)], &nbytes)

    cdef Py_ssize_t row(self, object i) except -1:
        cdef Py_ssize_t row = PyNumber_AsSsize_t(i, IndexError)
        if row < 0:
            row += self.length
        if not 0 <= row < self.length:
            raise IndexError(f"record {i} of {self.length}")
        return self.first + row

    cdef list headers_at(self, Py_ssize_t row, const Segment *segment, Py_ssize_t *nbytes):
        cdef list headers = []
        cdef const unsigned char *at
        cdef const unsigned char *end
        cdef int64_t count = 0, size = 0
        nbytes[0] = -1
        if self.header_at[row] == NO_HEADERS:
            return headers
        nbytes[0] = 0
        # All of it was checked before, but the buffer may be one that others write to.
        at = self.values.buffers.data[segment.buffer]
        end = at + self.values.buffers.pins[segment.buffer].len
        at = read_varint(at + self.header_at[row], end, &count)
        while at != NULL and count > 0:
            count -= 1
            at = read_varint(at, end, &size)
            if at == NULL or not 0 <= size <= end - at:
                break
            try:
                name = PyUnicode_DecodeUTF8(<const char *>at, <Py_ssize_t>size, NULL)
            except UnicodeDecodeError as error:
                raise self.corrupt(row, segment, f"expected a header's name in UTF-8, found {error.object!r}") from None
            nbytes[0] += <Py_ssize_t>size
            at = read_varint(at + size, end, &size)
            if at == NULL or size > end - at:
                break
            if size < 0:
                headers.append((name, None))
                continue
            headers.append((name, PyBytes_FromStringAndSize(<const char *>at, <Py_ssize_t>size)))
            at += size
            nbytes[0] += <Py_ssize_t>size
        else:
            if at != NULL:
                return headers
        raise self.corrupt(row, segment, "its headers changed after they were decoded")

    cdef object corrupt(self, Py_ssize_t row, const Segment *segment, str problem):
        batch = record_batch(&segment.header)
        problem = f"record at offset {self.offsets[row - self.first]}: {problem}"
        return CorruptRecordBatch(batch.base_offset, batch.position, problem, batch.next_offset)


cdef Records new_records(OutColumns columns, Segments segments, int64_t next_offset, Py_ssize_t consumed):
    cdef Records records = Records.__new__(Records)
    cdef Out *out = &columns.out
    records.length = out.rows
    records.offsets = columns.part(out.offsets, out.rows * <Py_ssize_t>sizeof(int64_t)).view(numpy.int64)
    records.timestamps = columns.part(out.timestamps, out.rows * <Py_ssize_t>sizeof(int64_t)).view(numpy.int64)
    records.offsets.flags.writeable = records.timestamps.flags.writeable = False
    records.keys = columns.column(out.keys, out.key_bits, out.has_null_keys)
    records.values = columns.column(out.values, out.value_bits, out.has_null_values)
    records.header_at = out.header_at
    records.block = columns.block
    records.segments = segments
    records.next_offset = next_offset
    records.consumed = consumed
    return records
