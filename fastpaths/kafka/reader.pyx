# cython: language_level=3
"""Reads the record batches of a buffer; reader.pxd is the design."""

cimport cython
from cpython.buffer cimport PyBUF_READ
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.memoryview cimport PyMemoryView_FromMemory
from libc.stdint cimport int32_t, int64_t, uint32_t

from fastpaths.columns.binary cimport Buffers
from fastpaths.kafka.decoded cimport Records, new_records
from fastpaths.kafka.output cimport OutColumns, Segment, Segments, new_columns
from fastpaths.kafka.parsing cimport NO_PROBLEM, Complaint, Cursor, explain, parse_segments
from fastpaths.kafka.record_batch cimport (
    ATTRIBUTES_AT,
    CODEC_MASK,
    CONTROL,
    CRC_AT,
    LEGACY_SMALLEST,
    LENGTH_AT,
    OVERHEAD,
    RECORDS_AT,
    SMALLEST_RECORD,
    TRANSACTIONAL,
    BatchHeader,
    check_header,
    next_offset,
    read_header,
    record_batch,
    timestamp_type,
)
from fastpaths.rawbytes.byteorder cimport big32, big64

from crc32c import crc32c
from kafka.errors import UnsupportedCodecError

from fastpaths.kafka import legacy
from fastpaths.kafka.compression import CODECS, DecompressionFailed, decompress
from fastpaths.kafka.errors import CorruptRecordBatch

cdef extern from "Python.h":
    const Py_ssize_t PY_SSIZE_T_MAX

cdef enum:
    RELEASE_GIL = 2048  # records: to parse as many takes 20 us or more, and releasing the GIL 0.04

MAX_DECOMPRESSED_BYTES = 256 << 20


@cython.final
cdef class RecordReader:
    """Reads the record batches of a buffer, those of one partition, a part at a time.

    start_offset: leading records below it are passed over, as a fetch returns whole batches.
    max_decompressed_bytes: of one take. A take ends before a batch that no longer fits; one that does not fit at all is
        corrupt. Of versions 0 and 1, which are left to kafka-python's parser, those that are not compressed count, too.

    What is corrupt raises CorruptRecordBatch: at the take that reaches it, after everything ahead of it was taken, and
    at each take after that, the position unmoved.

    The buffer must not change while the reader lives, or a column that it has returned. Part of a batch at its end is
    no error: `consumed` tells how many bytes whole batches take.
    """

    def __cinit__(
        self,
        buffer not None,
        int64_t start_offset=0,
        *,
        bint check_crcs=True,
        Py_ssize_t max_decompressed_bytes=MAX_DECOMPRESSED_BYTES,
    ):
        if max_decompressed_bytes < 0:
            raise ValueError(f"max_decompressed_bytes must be at least 0, found {max_decompressed_bytes}")
        self.pinned = Buffers(buffer)
        self.view = memoryview(buffer).cast("B")
        self.check_crcs = check_crcs
        self.max_decompressed_bytes = max_decompressed_bytes
        self.cursor.start_offset = start_offset
        self.cursor.next_offset = start_offset
        self.cursor.leader_epoch = -1
        self.opened = {}
        self.legacy = {}
        self.walk()
        self.left_out = bytearray(self.count)

    def __dealloc__(self):
        PyMem_Free(self.headers)

    @property
    def batches(self):
        """The whole batches, up to the first whose header or CRC is wrong: a list of RecordBatch."""
        return [record_batch(&self.headers[i]) for i in range(self.count)]

    @property
    def next_offset(self):
        """What comes next: the offset after the last record taken, or after the last batch, once all is taken."""
        return self.cursor.next_offset

    @property
    def leader_epoch(self):
        """Of the batch that the cursor is in; -1 before the first."""
        return self.cursor.leader_epoch

    @property
    def bytes_read(self):
        """Bytes of the records so far, those passed over included, as kafka-python's metrics count them."""
        return self.cursor.bytes_read

    @property
    def records_read(self):
        """Records so far, those passed over included."""
        return self.cursor.records_read

    def __bool__(self):
        """False once a take has asked for more than there was."""
        return not self.at_end

    def take(self, n=None, *, bint uniform=False):
        """The next records, at most n; no less unless they end or max_decompressed_bytes is reached: Records.

        uniform: end where the leader epoch or the timestamp type changes.
        """
        cdef Py_ssize_t limit = PY_SSIZE_T_MAX if n is None else n
        cdef Records records
        if limit < 0:
            raise ValueError(f"take: n must be at least 0, found {limit}")
        while True:
            records = self.take_rows(limit, uniform, False)
            if records.length > 0 or self.at_end or limit == 0:  # else they were below start_offset
                return records

    def take_records(self, n, topic, partition, deserialize_key=None, deserialize_value=None):
        """The next records, at most n, as a list of kafka-python's ConsumerRecord.

        deserialize_key, deserialize_value: called as f(topic, headers, data). Their errors are treated as those of a
        corrupt batch: the records ahead are returned first, and the next call raises.
        """
        from fastpaths.kafka.consumer_records import append_records

        cdef Cursor before
        cdef bint was_at_end
        records = []
        while self and (n is None or len(records) < n):
            before, was_at_end = self.cursor, self.at_end
            had = len(records)
            try:
                rows = self.take(None if n is None else n - had)
                append_records(records, rows, topic, partition, deserialize_key, deserialize_value)
            except Exception:
                self.cursor, self.at_end = before, was_at_end
                self.take(len(records) - had)
                if not records:
                    raise
                break
        return records

    def leave_out_control(self):
        """Take no control records."""
        for i in range(self.count):
            if self.headers[i].attributes & CONTROL and self.headers[i].magic == 2:
                self.left_out[i] = 1

    def leave_out_aborted(self, transactions):
        """Take no records of these transactions, (producer id, first offset) each, as a fetch response names them."""
        cdef BatchHeader *header
        waiting = sorted(transactions, key=lambda transaction: transaction[1], reverse=True)
        aborted = set()
        for i in range(self.count):
            header = &self.headers[i]
            if header.producer_id < 0:
                continue
            while waiting and waiting[-1][1] < next_offset(header):
                aborted.add(waiting.pop()[0])
            if header.attributes & CONTROL:
                try:
                    if self.is_abort_marker(i):
                        aborted.discard(header.producer_id)
                except CorruptRecordBatch as error:
                    self.failure = self.corrupt(header, error.problem)
                    self.count = i
                    return
            elif header.attributes & TRANSACTIONAL and header.producer_id in aborted:
                self.left_out[i] = 1

    cdef bint is_abort_marker(self, Py_ssize_t i) except -1:
        cdef BatchHeader *header = &self.headers[i]
        batch = self.view[header.position : header.position + header.size]
        keys = RecordReader(batch, check_crcs=False, max_decompressed_bytes=self.max_decompressed_bytes).take(1).keys
        return len(keys) > 0 and keys[0] is not None and keys[0][2:4] == b"\0\0"  # after a version, int16

    cdef int walk(self) except -1:
        cdef const unsigned char *data = self.pinned.data[0]
        cdef Py_ssize_t size = self.pinned.nbytes, position = 0
        cdef int32_t length
        cdef BatchHeader *header
        while size - position >= OVERHEAD:
            length = <int32_t>big32(data + position + LENGTH_AT)
            if length < LEGACY_SMALLEST - OVERHEAD:
                problem = f"expected a length of at least {LEGACY_SMALLEST - OVERHEAD}, found {length}"
                self.failure = CorruptRecordBatch(<int64_t>big64(data + position), position, problem)
                break
            if length > size - position - OVERHEAD:
                break
            header = self.add_header()
            problem = read_header(data, position, OVERHEAD + <Py_ssize_t>length, header)
            if problem is None and self.check_crcs:
                problem = self.wrong_crc(header)
            if problem is None:
                problem = check_header(header)
            if problem is not None:
                self.failure = self.corrupt(header, problem)
                break
            self.count += 1
            position += header.size
        self.consumed = position
        return 0

    cdef BatchHeader *add_header(self) except NULL:
        cdef BatchHeader *headers
        if self.count & (self.count - 1) == 0:  # full: it doubles
            headers = <BatchHeader *>PyMem_Realloc(
                self.headers, <size_t>max(2 * self.count, 1) * sizeof(BatchHeader)
            )
            if headers == NULL:
                raise MemoryError
            self.headers = headers
        return &self.headers[self.count]

    cdef str wrong_crc(self, const BatchHeader *header):
        cdef const unsigned char *batch = self.pinned.data[0] + header.position
        cdef uint32_t expected = big32(batch + CRC_AT), found
        if header.magic < 2:
            whole = self.view[header.position : header.position + header.size]
            return None if legacy.has_right_crc(whole, header.magic) else "its CRC-32 is wrong"
        found = crc32c(PyMemoryView_FromMemory(<char *>batch + ATTRIBUTES_AT, header.size - ATTRIBUTES_AT, PyBUF_READ))
        return None if found == expected else f"expected CRC-32C {expected:#010x}, found {found:#010x}"

    cdef object corrupt(self, const BatchHeader *header, str problem):
        after = None
        if header.magic < 2 or header.size >= RECORDS_AT:
            after = int(header.base_offset) + int(header.last_offset_delta) + 1
        return CorruptRecordBatch(header.base_offset, header.position, problem, after)

    cdef object open(self, Py_ssize_t i, Py_ssize_t limit):
        """A buffer of the batch's records as version 2 has them, not compressed. Its record count is then known."""
        cdef BatchHeader *header = &self.headers[i]
        if i in self.opened:
            return self.opened[i]
        batch = self.view[header.position : header.position + header.size]
        if header.magic == 2:
            try:
                return decompress(CODECS[header.attributes & CODEC_MASK], batch[RECORDS_AT:], limit)
            except DecompressionFailed as error:
                raise self.corrupt(header, str(error)) from None
        try:
            records, data = legacy.read(batch, header.magic, header.base_offset, self.check_crcs, limit)
        except DecompressionFailed as error:
            raise self.corrupt(header, str(error)) from None
        except (UnsupportedCodecError, NotImplementedError, MemoryError):
            raise
        except Exception as error:
            raise self.corrupt(header, f"kafka-python's parser found {error!r}") from error
        if len(data) > limit:
            raise self.corrupt(header, f"expected at most max_decompressed_bytes={limit}, found {len(data)}")
        self.legacy[i] = records
        header.count = len(records)
        return data

    cdef Plan plan(self, Py_ssize_t n, bint uniform, bint strict, Segments segments, list data) except *:
        """The segments that hold the next n records, and their data buffers."""
        cdef Plan plan = Plan(0, False)
        cdef Py_ssize_t i = self.cursor.batch, room, limit = self.max_decompressed_bytes
        cdef BatchHeader *header
        cdef Segment *segment
        while i < self.count and plan.records < n:
            header = &self.headers[i]
            if self.left_out[i]:
                i += 1
                continue
            if uniform and segments.count > 0 and (
                header.leader_epoch != segments.items[0].header.leader_epoch
                or timestamp_type(header) != timestamp_type(&segments.items[0].header)
            ):
                return plan
            opened = None
            try:
                if header.magic < 2 or header.attributes & CODEC_MASK:
                    opened = self.open(i, limit)
                    limit -= len(opened)
                room = header.size - RECORDS_AT if opened is None else len(opened)
                if header.count > room // SMALLEST_RECORD:
                    most = room // SMALLEST_RECORD
                    raise self.corrupt(header, f"expected at most {most} records in {room} bytes, found {header.count}")
            except Exception:
                if strict or plan.records == 0:
                    raise
                return plan
            segment = segments.append()
            segment.batch = i
            segment.first_row = 0
            segment.buffer = 0 if opened is None else <int32_t>len(data)
            segment.header = header[0]
            if opened is not None:
                data.append(opened)
            plan.records += header.count - (self.cursor.record if i == self.cursor.batch else 0)
            i += 1
        if self.failure is not None and i == self.count and (strict or (plan.records == 0 and n > 0)):
            raise CorruptRecordBatch(*self.failure.args)
        plan.reaches_end = i == self.count and plan.records < n and self.failure is None
        return plan

    cdef Records take_rows(self, Py_ssize_t n, bint uniform, bint strict):
        """At least one of the next records, unless they end, or all of them were below start_offset.

        strict: whatever is corrupt raises at once.
        """
        cdef Segments segments = Segments()
        cdef list data = [self.view]
        cdef Plan plan = self.plan(n, uniform, strict, segments, data)
        if 0 < segments.count < len(data):
            data[0] = b""  # nothing lies where it was fetched: columns that are kept need not keep that, too
        cdef Buffers buffers = self.pinned if len(data) == 1 else Buffers(*data)
        cdef OutColumns columns = new_columns(min(plan.records, n), buffers)
        cdef Cursor cursor = self.cursor
        cdef Complaint complaint
        cdef Py_ssize_t last
        if columns.out.capacity < RELEASE_GIL:
            last = parse_segments(segments.items, segments.count, buffers, &cursor, &columns.out, &complaint)
        else:
            with nogil:
                last = parse_segments(segments.items, segments.count, buffers, &cursor, &columns.out, &complaint)
        if complaint.problem != NO_PROBLEM and (strict or columns.out.rows == 0):
            place = "the buffer" if segments.items[last].buffer == 0 else "the decompressed batch"
            problem = f"record {cursor.record} of it, at byte {complaint.at} of {place}: {explain(&complaint)}"
            raise self.corrupt(&segments.items[last].header, problem)
        self.keep_opened(segments, data, cursor.batch)
        self.count_legacy(segments, &cursor, columns.out.rows)
        self.cursor = cursor
        if complaint.problem == NO_PROBLEM:
            self.pass_batches(plan.reaches_end)
        return new_records(columns, segments, self.cursor.next_offset, self.consumed)

    cdef int keep_opened(self, Segments segments, list data, Py_ssize_t batch) except -1:
        """Of what was opened, the batch that the cursor is in."""
        cdef Py_ssize_t i
        self.opened = {}
        for i in range(segments.count):
            if segments.items[i].batch == batch and segments.items[i].buffer > 0:
                self.opened[batch] = data[segments.items[i].buffer]
        return 0

    cdef int count_legacy(self, Segments segments, Cursor *cursor, Py_ssize_t rows) except -1:
        """What the loop cannot know of records of versions 0 and 1."""
        cdef Py_ssize_t i, start, stop, next_row
        cdef Segment *segment
        for i in range(segments.count):
            segment = &segments.items[i]
            if segment.header.magic == 2 or segment.batch > cursor.batch:
                continue
            records = self.legacy[segment.batch]
            start = self.cursor.record if segment.batch == self.cursor.batch else 0
            stop = cursor.record if segment.batch == cursor.batch else len(records)
            cursor.bytes_read += sum([record.size_in_bytes for record in records[start:stop]])
            next_row = segments.items[i + 1].first_row if segment.batch < cursor.batch else rows
            segments.legacy[i] = records[stop - (next_row - segment.first_row) : stop]
        return 0

    cdef int pass_batches(self, bint to_end) except -1:
        """Pass a batch of which everything was read; to_end: all that are left, nothing in them is wanted."""
        cdef BatchHeader *header
        if self.cursor.batch < self.count and self.cursor.record >= self.headers[self.cursor.batch].count:
            self.cursor.batch += 1
            self.cursor.record = 0
            self.opened = {}
        if to_end:
            self.cursor.batch = self.count
            self.at_end = True
            if self.count > 0 and self.headers[self.count - 1].magic == 2:
                header = &self.headers[self.count - 1]
                self.cursor.next_offset = next_offset(header)
                self.cursor.leader_epoch = header.leader_epoch
        return 0


def decode(buffer not None, *, bint check_crcs=True, Py_ssize_t max_decompressed_bytes=MAX_DECOMPRESSED_BYTES):
    """All the records of a buffer of record batches: Records. Control records are among them.

    Keys and values are views of the buffer, or of what was decompressed of it: it must not change while they live.
    Part of a batch at its end is no error: `consumed` of the result tells how many bytes whole batches take.

    CorruptRecordBatch for anything that is not as it should be, and for more than max_decompressed_bytes in all;
    buffer[: error.position] holds the batches before it. Of versions 0 and 1, which are
    left to kafka-python's parser, those that are not compressed count, too.
    """
    cdef RecordReader reader = RecordReader(
        buffer, check_crcs=check_crcs, max_decompressed_bytes=max_decompressed_bytes
    )
    return reader.take_rows(PY_SSIZE_T_MAX, False, True)
