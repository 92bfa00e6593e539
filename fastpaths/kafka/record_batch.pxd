# cython: language_level=3
"""A record batch, the unit in which Kafka stores and sends records; fields are big-endian.

    version 2 (magic 2)                             versions 0 and 1: one message, or several compressed as its value
     0  base offset        int64                     0  offset        int64
     8  length             int32, of what follows    8  length        int32
    12  leader epoch       int32                    12  CRC-32        uint32, of what follows
    16  magic              int8                     16  magic         int8
    17  CRC-32C            uint32, of what follows  17  attributes    int8
    21  attributes         int16                    18  timestamp     int64, version 1 only
    23  last offset delta  int32                        key, value
    27  first timestamp    int64, ms
    35  max timestamp      int64, ms
    43  producer id        int64
    51  producer epoch     int16
    53  base sequence      int32
    57  record count       int32
    61  the records, compressed together as attributes say

    record:  length varint | attributes int8 | timestamp delta varint | offset delta varint
             | key | value | header count varint | as many times: name, value
    key, value, and a header's name and value:  length varint, negative for null | bytes

A batch keeps its last offset delta when compaction removes records, so that offsets have gaps and a batch may be empty.
"""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint32_t

cdef enum:
    LENGTH_AT = 8
    OVERHEAD = 12         # bytes that the length does not count
    LEADER_EPOCH_AT = 12
    MAGIC_AT = 16
    CRC_AT = 17
    ATTRIBUTES_AT = 21
    LAST_OFFSET_DELTA_AT = 23
    FIRST_TIMESTAMP_AT = 27
    MAX_TIMESTAMP_AT = 35
    PRODUCER_ID_AT = 43
    PRODUCER_EPOCH_AT = 51
    BASE_SEQUENCE_AT = 53
    COUNT_AT = 57
    RECORDS_AT = 61

    LEGACY_ATTRIBUTES_AT = 17
    LEGACY_SMALLEST = 26  # bytes of a message of version 0 without key and value

    CODEC_MASK = 0x07     # of attributes
    LOG_APPEND_TIME = 0x08
    TRANSACTIONAL = 0x10
    CONTROL = 0x20

    SMALLEST_RECORD = 7   # bytes, its length included

cdef struct BatchHeader:
    Py_ssize_t position       # in its buffer
    Py_ssize_t size           # of all of it, in bytes
    int64_t base_offset
    int64_t first_timestamp
    int64_t max_timestamp
    int64_t producer_id
    int32_t leader_epoch
    int32_t last_offset_delta
    int32_t base_sequence
    int32_t count             # of records; -1: an old version's, not yet known
    int16_t attributes
    int16_t producer_epoch
    int8_t magic


cdef inline int timestamp_type(const BatchHeader *header) noexcept nogil:
    """0: create time. 1: log-append time. -1: version 0 has no timestamps."""
    return -1 if header.magic == 0 else header.attributes & LOG_APPEND_TIME != 0


cdef inline int64_t next_offset(const BatchHeader *header) noexcept nogil:
    return header.base_offset + header.last_offset_delta + 1


# The header of the batch at data[position:], all of whose `size` bytes are there, at least LEGACY_SMALLEST: None, or
# what is wrong with it.
cdef str read_header(const unsigned char *data, Py_ssize_t position, Py_ssize_t size, BatchHeader *header)

# What is wrong with the fields of a header, whose CRC is right.
cdef str check_header(const BatchHeader *header)

# All but the CRC, which covers what follows it and comes last.
cdef void write_header(unsigned char *data, const BatchHeader *header) noexcept nogil
cdef void write_crc(unsigned char *data, uint32_t crc) noexcept nogil


cdef class RecordBatch:
    """What Python sees of a header."""
    cdef BatchHeader header


cdef RecordBatch record_batch(const BatchHeader *header)
