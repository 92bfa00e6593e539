# cython: language_level=3, boundscheck=False, wraparound=False
"""The loop over records; parsing.pxd is the design."""

from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t
from libc.string cimport memset

from fastpaths.columns.binary cimport BinaryView, Buffers, make_view
from fastpaths.columns.bits cimport set_bit
from fastpaths.kafka.output cimport NO_HEADERS, Out, Segment
from fastpaths.kafka.record_batch cimport LOG_APPEND_TIME, RECORDS_AT, SMALLEST_RECORD, BatchHeader
from fastpaths.kafka.varint cimport read_varint


cdef inline bint overflows(int64_t a, int64_t b) noexcept nogil:
    return a > INT64_MAX - b if b > 0 else a < INT64_MIN - b


cdef const unsigned char *pass_headers(
    const unsigned char *at, const unsigned char *end, int64_t count, Complaint *complaint
) noexcept nogil:
    """Where `count` headers end; NULL where they do not before `end`."""
    cdef int64_t size = 0
    while count > 0:
        count -= 1
        at = read_varint(at, end, &size)
        if at == NULL or not 0 <= size <= end - at:
            complaint.problem = BAD_VARINT if at == NULL else BAD_HEADER_NAME
            break
        at = read_varint(at + size, end, &size)
        if at == NULL or size > end - at:
            complaint.problem = BAD_VARINT if at == NULL else BAD_HEADER_VALUE
            break
        at += max(size, <int64_t>0)
    else:
        return at
    complaint.found = size
    complaint.limit = 0 if at == NULL else end - at
    return NULL


cdef Problem complain(Complaint *complaint, Problem problem, int64_t found, int64_t limit) noexcept nogil:
    complaint.problem = problem
    complaint.found = found
    complaint.limit = limit
    return problem


cdef Problem parse_records(
    const Segment *segment,
    const unsigned char *data,
    const unsigned char *batch_end,
    Cursor *cursor,
    Out *out,
    Complaint *complaint,
) noexcept nogil:
    cdef const BatchHeader *header = &segment.header
    cdef const unsigned char *at = data + cursor.at
    cdef const unsigned char *end
    cdef const unsigned char *headers
    cdef int64_t size = 0, time_delta = 0, delta = 0, key_size = 0, value_size = 0, header_count = 0
    cdef int64_t offset, base_time = header.first_timestamp, time_mask = -1
    cdef int32_t buffer = segment.buffer
    cdef Py_ssize_t row
    cdef int64_t counted = -1 if header.magic == 2 else 0  # those of the versions before are counted elsewhere
    cdef BinaryView null_view
    memset(&null_view, 0, sizeof(BinaryView))
    if header.attributes & LOG_APPEND_TIME and header.magic == 2:
        base_time, time_mask = header.max_timestamp, 0

    while cursor.record < header.count and out.rows < out.capacity:
        complaint.at = at - data
        at = read_varint(at, batch_end, &size)
        if at == NULL:
            return complain(complaint, BAD_VARINT, 0, 0)
        if not SMALLEST_RECORD - 1 <= size <= batch_end - at:
            return complain(complaint, BAD_LENGTH, size, batch_end - at)
        end = at + size
        at = read_varint(at + 1, end, &time_delta)  # behind its attributes, of which none is defined
        if at == NULL:
            return complain(complaint, BAD_VARINT, 0, 0)
        at = read_varint(at, end, &delta)
        if at == NULL:
            return complain(complaint, BAD_VARINT, 0, 0)
        time_delta &= time_mask
        if overflows(base_time, time_delta):
            return complain(complaint, BAD_TIMESTAMP, time_delta, base_time)
        if overflows(header.base_offset, delta) or header.base_offset + delta == INT64_MAX:
            return complain(complaint, BAD_OFFSET, delta, header.base_offset)
        offset = header.base_offset + delta

        row = out.rows
        at = read_varint(at, end, &key_size)
        if at == NULL or key_size > end - at:
            return complain(complaint, BAD_VARINT if at == NULL else BAD_KEY, key_size, 0 if at == NULL else end - at)
        if key_size >= 0:
            out.keys[row] = make_view(data, buffer, <int32_t>(at - data), <int32_t>key_size)
            at += key_size
        else:
            out.keys[row] = null_view
            set_bit(out.key_bits, row, False)
            out.has_null_keys = True
        at = read_varint(at, end, &value_size)
        if at == NULL or value_size > end - at:
            return complain(
                complaint, BAD_VARINT if at == NULL else BAD_VALUE, value_size, 0 if at == NULL else end - at
            )
        if value_size >= 0:
            out.values[row] = make_view(data, buffer, <int32_t>(at - data), <int32_t>value_size)
            at += value_size
        else:
            out.values[row] = null_view
            set_bit(out.value_bits, row, False)
            out.has_null_values = True

        headers = at
        at = read_varint(at, end, &header_count)
        if at == NULL or not 0 <= header_count <= (end - at) >> 1:
            return complain(
                complaint, BAD_VARINT if at == NULL else BAD_HEADER_COUNT, header_count, 0 if at == NULL else end - at
            )
        out.header_at[row] = NO_HEADERS
        if header_count > 0:
            out.header_at[row] = <int32_t>(headers - data)
            at = pass_headers(at, end, header_count, complaint)
            if at == NULL:
                return complaint.problem
        if at != end:
            return complain(complaint, BAD_END, at - data, end - data)

        out.offsets[row] = offset
        out.timestamps[row] = base_time + time_delta
        cursor.record += 1
        cursor.at = at - data
        cursor.bytes_read += size & counted
        cursor.records_read += 1
        if offset >= cursor.start_offset:
            cursor.start_offset = INT64_MIN
            out.rows += 1
        else:  # its row is written again
            set_bit(out.key_bits, row, True)
            set_bit(out.value_bits, row, True)
        cursor.next_offset = offset + 1
    if cursor.record >= header.count and at != batch_end:
        complaint.at = at - data
        return complain(complaint, TRAILING_BYTES, batch_end - at, 0)
    return NO_PROBLEM


cdef Py_ssize_t parse_segments(
    Segment *segments, Py_ssize_t count, Buffers buffers, Cursor *cursor, Out *out, Complaint *complaint
) noexcept nogil:
    cdef Py_ssize_t i, start, end
    cdef Segment *segment
    complaint.problem = NO_PROBLEM
    for i in range(count):
        segment = segments + i
        if segment.buffer == 0:
            start, end = segment.header.position + RECORDS_AT, segment.header.position + segment.header.size
        else:
            start, end = 0, buffers.pins[segment.buffer].len
        if cursor.batch != segment.batch or cursor.record == 0:
            cursor.batch, cursor.record, cursor.at = segment.batch, 0, start
        cursor.leader_epoch = segment.header.leader_epoch
        segment.first_row = out.rows
        parse_records(segment, buffers.data[segment.buffer], buffers.data[segment.buffer] + end, cursor, out, complaint)
        if complaint.problem != NO_PROBLEM:
            break
    return i


cdef str explain(const Complaint *complaint):
    cdef int64_t found = complaint.found, limit = complaint.limit
    problem = {
        BAD_VARINT: "expected a varint of at most ten bytes and 64 bits within the record",
        BAD_LENGTH: f"expected a length from {SMALLEST_RECORD - 1} to the {limit} bytes left in the batch, found {found}",
        BAD_OFFSET: f"the offset {limit} + {found} is beyond 63 bits",
        BAD_TIMESTAMP: f"the timestamp {limit} + {found} is beyond 64 bits",
        BAD_KEY: f"expected a key of at most the {limit} bytes left in the record, found {found}",
        BAD_VALUE: f"expected a value of at most the {limit} bytes left in the record, found {found}",
        BAD_HEADER_COUNT: f"expected as many headers as fit the {limit} bytes left in the record, found {found}",
        BAD_HEADER_NAME: f"expected a header's name of 0 to the {limit} bytes left in the record, found {found}",
        BAD_HEADER_VALUE: f"expected a header's value of at most the {limit} bytes left in the record, found {found}",
        BAD_END: f"expected its end at byte {limit}, found it at byte {found}",
        TRAILING_BYTES: f"found {found} bytes behind the last record",
    }[complaint.problem]
    return problem
