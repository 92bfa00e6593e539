# cython: language_level=3
"""The loop over records: one pass over the varints of a batch, each bound checked before a byte is read."""

from libc.stdint cimport int32_t, int64_t

from fastpaths.columns.binary cimport Buffers
from fastpaths.kafka.output cimport Out, Segment

cdef enum Problem:
    NO_PROBLEM
    BAD_VARINT
    BAD_LENGTH
    BAD_OFFSET
    BAD_TIMESTAMP
    BAD_KEY
    BAD_VALUE
    BAD_HEADER_COUNT
    BAD_HEADER_NAME
    BAD_HEADER_VALUE
    BAD_END
    TRAILING_BYTES

cdef struct Complaint:         # what is wrong with a record
    Problem problem
    Py_ssize_t at              # where it begins, in the segment's data buffer
    int64_t found
    int64_t limit

cdef struct Cursor:            # how far a reader has come
    Py_ssize_t batch
    Py_ssize_t record          # of that batch
    Py_ssize_t at              # where it begins, in the batch's data buffer
    int64_t start_offset       # records below it are passed over, until one is found that is not
    int64_t next_offset
    int32_t leader_epoch
    Py_ssize_t bytes_read      # of records, as kafka-python counts them: lengths, those passed over included
    Py_ssize_t records_read


# Parse records from the cursor on, into rows, until the segments end or the columns are full. Where a record is not
# what it should be the cursor stays at it; those before it count. Returns the number of the segment that it ended in.
cdef Py_ssize_t parse_segments(
    Segment *segments, Py_ssize_t count, Buffers buffers, Cursor *cursor, Out *out, Complaint *complaint
) noexcept nogil

cdef str explain(const Complaint *complaint)
