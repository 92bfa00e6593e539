# cython: language_level=3, boundscheck=False, wraparound=False
"""The loop over records; parsing.pxd is the design."""

from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t
from libc.string cimport memset

from fastpaths.columns.binary cimport BinaryView, Buffers, make_view
from fastpaths.columns.bits cimport set_bit
from fastpaths.kafka.output cimport NO_HEADERS, Out, Segment
from fastpaths.kafka.record_batch cimport LOG_APPEND_TIME, RECORDS_AT, SMALLEST_RECORD, BatchHeader
from fastpaths.kafka.varint cimport read_short_varint, read_varint


cdef extern from *:
    """
    #define fastpaths_add_overflows(a, b, sum) __builtin_add_overflow(a, b, sum)
    """
    bint add_overflows "fastpaths_add_overflows" (int64_t a, int64_t b, int64_t *sum) noexcept nogil

cdef BinaryView NULL_VIEW
memset(&NULL_VIEW, 0, sizeof(BinaryView))

cdef struct Context:  # what the records of a segment have in common
    const unsigned char *data
    const unsigned char *end
    int32_t buffer
    int64_t base_offset
    int64_t base_time
    int64_t time_mask     # 0: no record has a time of its own

cdef struct Row:
    int64_t size
    int64_t offset
    bint is_null_key
    bint is_null_value


cdef const unsigned char *complain(
    Complaint *complaint, Problem problem, int64_t found, int64_t limit
) noexcept nogil:
    complaint.problem = problem
    complaint.found = found
    complaint.limit = limit
    return NULL


cdef inline const unsigned char *read_size(
    const unsigned char *at,
    const unsigned char *end,
    int64_t least,
    int64_t *size,
    Problem problem,
    Complaint *complaint,
) noexcept nogil:
    """The varint at `at`, and the check that so many bytes follow before `end`."""
    at = read_short_varint(at, end, size)
    if at == NULL:
        return complain(complaint, BAD_VARINT, 0, 0)
    if not least <= size[0] <= end - at:
        return complain(complaint, problem, size[0], end - at)
    return at


cdef const unsigned char *pass_headers(
    const unsigned char *at, const unsigned char *end, int64_t count, Complaint *complaint
) noexcept nogil:
    cdef int64_t size = 0
    while count > 0:
        count -= 1
        at = read_size(at, end, 0, &size, BAD_HEADER_NAME, complaint)
        if at == NULL:
            return NULL
        at = read_size(at + size, end, INT64_MIN, &size, BAD_HEADER_VALUE, complaint)
        if at == NULL:
            return NULL
        at += max(size, <int64_t>0)
    return at


cdef inline const unsigned char *parse_record(
    const Context *context, const unsigned char *at, const Out *out, Row *row, Complaint *complaint
) noexcept nogil:
    """Write the record at `at` into row number out.rows; where it ends, or NULL."""
    cdef const unsigned char *data = context.data
    cdef const unsigned char *end
    cdef const unsigned char *headers
    cdef int64_t size = 0, delta = 0, offset_delta = 0, count = 0, time = 0, offset = 0
    at = read_size(at, context.end, SMALLEST_RECORD - 1, &size, BAD_LENGTH, complaint)
    if at == NULL:
        return NULL
    end = at + size
    row.size = size
    at = read_varint(at + 1, end, &delta)  # behind its attributes, of which none is defined
    if at == NULL:
        return complain(complaint, BAD_VARINT, 0, 0)
    at = read_short_varint(at, end, &offset_delta)
    if at == NULL:
        return complain(complaint, BAD_VARINT, 0, 0)
    delta &= context.time_mask
    if add_overflows(context.base_time, delta, &time):
        return complain(complaint, BAD_TIMESTAMP, delta, context.base_time)
    if add_overflows(context.base_offset, offset_delta, &offset) or offset == INT64_MAX:
        return complain(complaint, BAD_OFFSET, offset_delta, context.base_offset)
    row.offset = offset
    out.offsets[out.rows] = offset
    out.timestamps[out.rows] = time

    at = read_size(at, end, INT64_MIN, &size, BAD_KEY, complaint)
    if at == NULL:
        return NULL
    row.is_null_key = size < 0
    if size < 0:
        out.keys[out.rows] = NULL_VIEW
    else:
        out.keys[out.rows] = make_view(data, context.buffer, <int32_t>(at - data), <int32_t>size)
        at += size
    at = read_size(at, end, INT64_MIN, &size, BAD_VALUE, complaint)
    if at == NULL:
        return NULL
    row.is_null_value = size < 0
    if size < 0:
        out.values[out.rows] = NULL_VIEW
    else:
        out.values[out.rows] = make_view(data, context.buffer, <int32_t>(at - data), <int32_t>size)
        at += size

    headers = at
    at = read_size(at, end, 0, &count, BAD_HEADER_COUNT, complaint)
    if at == NULL:
        return NULL
    out.header_at[out.rows] = NO_HEADERS
    if count > 0:
        out.header_at[out.rows] = <int32_t>(headers - data)
        at = pass_headers(at, end, count, complaint)
        if at == NULL:
            return NULL
    return at if at == end else complain(complaint, BAD_END, at - data, end - data)


cdef void parse_records(
    const Segment *segment,
    const unsigned char *data,
    const unsigned char *end,
    Cursor *shared_cursor,
    Out *shared_out,
    Complaint *complaint,
) noexcept nogil:
    cdef const BatchHeader *header = &segment.header
    cdef Context context = Context(data, end, segment.buffer, header.base_offset, header.first_timestamp, -1)
    cdef Cursor cursor = shared_cursor[0]  # in registers, which no write to a column can change
    cdef Out out = shared_out[0]
    cdef Row row
    cdef const unsigned char *at = data + cursor.at
    cdef int64_t counted = -1 if header.magic == 2 else 0  # those of the versions before are counted elsewhere
    if header.magic == 2 and header.attributes & LOG_APPEND_TIME:
        context.base_time, context.time_mask = header.max_timestamp, 0

    while cursor.record < header.count and out.rows < out.capacity:
        at = parse_record(&context, at, &out, &row, complaint)
        if at == NULL:
            complaint.at = cursor.at
            break
        cursor.at = at - data
        cursor.record += 1
        cursor.records_read += 1
        cursor.bytes_read += row.size & counted
        if row.offset < cursor.start_offset:
            continue
        cursor.next_offset = row.offset + 1
        cursor.start_offset = INT64_MIN
        if row.is_null_key:
            set_bit(out.key_bits, out.rows, False)
            out.has_null_keys = True
        if row.is_null_value:
            set_bit(out.value_bits, out.rows, False)
            out.has_null_values = True
        out.rows += 1
    else:
        if cursor.record >= header.count and at != end:
            complaint.at = at - data
            complain(complaint, TRAILING_BYTES, end - at, 0)
    shared_cursor[0] = cursor
    shared_out[0] = out


cdef Py_ssize_t parse_segments(
    Segment *segments, Py_ssize_t count, Buffers buffers, Cursor *cursor, Out *out, Complaint *complaint
) noexcept nogil:
    cdef Py_ssize_t i = 0, start, end
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
        BAD_LENGTH: f"expected a length of {SMALLEST_RECORD - 1} to the {limit} bytes left in the batch, found {found}",
        BAD_OFFSET: f"the offset {limit} + {found} is beyond 63 bits",
        BAD_TIMESTAMP: f"the timestamp {limit} + {found} is beyond 64 bits",
        BAD_KEY: f"expected a key of at most the {limit} bytes left in the record, found {found}",
        BAD_VALUE: f"expected a value of at most the {limit} bytes left in the record, found {found}",
        BAD_HEADER_COUNT: f"expected 0 to {limit} headers in the {limit} bytes left in the record, found {found}",
        BAD_HEADER_NAME: f"expected a header's name of 0 to the {limit} bytes left in the record, found {found}",
        BAD_HEADER_VALUE: f"expected a header's value of at most the {limit} bytes left in the record, found {found}",
        BAD_END: f"expected its end at byte {limit}, found it at byte {found}",
        TRAILING_BYTES: f"found {found} bytes behind the last record",
    }[complaint.problem]
    return problem
