# cython: language_level=3
"""Headers of record batches; record_batch.pxd is the design."""

cimport cython
from libc.stdint cimport INT64_MAX, int8_t, int16_t, int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memset

from fastpaths.rawbytes.byteorder cimport big16, big32, big64

from fastpaths.kafka.compression import CODECS

cdef enum:
    LAST_LEGACY_CODEC = 3


cdef str read_header(const unsigned char *data, Py_ssize_t position, Py_ssize_t size, BatchHeader *header):
    memset(header, 0, sizeof(BatchHeader))
    data += position
    header.position = position
    header.size = size
    header.base_offset = <int64_t>big64(data)
    header.magic = <int8_t>data[MAGIC_AT]
    header.leader_epoch = -1
    header.producer_id = -1
    header.producer_epoch = -1
    header.base_sequence = -1
    header.count = -1
    if header.magic == 0 or header.magic == 1:
        header.attributes = data[LEGACY_ATTRIBUTES_AT]
        return None
    if header.magic != 2:
        return f"expected magic 0, 1 or 2, found {header.magic}"
    if size < RECORDS_AT:
        return f"expected at least {RECORDS_AT} bytes, found {size}"
    header.leader_epoch = <int32_t>big32(data + LEADER_EPOCH_AT)
    header.attributes = <int16_t>big16(data + ATTRIBUTES_AT)
    header.last_offset_delta = <int32_t>big32(data + LAST_OFFSET_DELTA_AT)
    header.first_timestamp = <int64_t>big64(data + FIRST_TIMESTAMP_AT)
    header.max_timestamp = <int64_t>big64(data + MAX_TIMESTAMP_AT)
    header.producer_id = <int64_t>big64(data + PRODUCER_ID_AT)
    header.producer_epoch = <int16_t>big16(data + PRODUCER_EPOCH_AT)
    header.base_sequence = <int32_t>big32(data + BASE_SEQUENCE_AT)
    header.count = <int32_t>big32(data + COUNT_AT)
    return None


cdef inline void put(unsigned char *data, uint64_t value, int width) noexcept nogil:
    cdef int i
    for i in range(width):
        data[i] = <unsigned char>(value >> 8 * (width - 1 - i))


cdef void write_header(unsigned char *data, const BatchHeader *header) noexcept nogil:
    put(data, <uint64_t>header.base_offset, 8)
    put(data + LENGTH_AT, <uint64_t>(header.size - OVERHEAD), 4)
    put(data + LEADER_EPOCH_AT, <uint64_t>header.leader_epoch, 4)
    put(data + MAGIC_AT, <uint64_t>header.magic, 1)
    put(data + ATTRIBUTES_AT, <uint64_t>header.attributes, 2)
    put(data + LAST_OFFSET_DELTA_AT, <uint64_t>header.last_offset_delta, 4)
    put(data + FIRST_TIMESTAMP_AT, <uint64_t>header.first_timestamp, 8)
    put(data + MAX_TIMESTAMP_AT, <uint64_t>header.max_timestamp, 8)
    put(data + PRODUCER_ID_AT, <uint64_t>header.producer_id, 8)
    put(data + PRODUCER_EPOCH_AT, <uint64_t>header.producer_epoch, 2)
    put(data + BASE_SEQUENCE_AT, <uint64_t>header.base_sequence, 4)
    put(data + COUNT_AT, <uint64_t>header.count, 4)


cdef void write_crc(unsigned char *data, uint32_t crc) noexcept nogil:
    put(data + CRC_AT, crc, 4)


cdef str check_header(const BatchHeader *header):
    if header.base_offset < 0 or header.base_offset > INT64_MAX - 2**31:
        return f"expected a base offset from 0 to 2**63 - 2**31 - 1, found {header.base_offset}"
    last_codec = len(CODECS) - 1 if header.magic == 2 else LAST_LEGACY_CODEC
    if header.attributes & CODEC_MASK > last_codec:
        return f"expected a codec from 0 to {last_codec}, found {header.attributes & CODEC_MASK}"
    if header.magic < 2:
        return None
    if header.last_offset_delta < 0:
        return f"expected a last offset delta of at least 0, found {header.last_offset_delta}"
    if header.count < 0:
        return f"expected a record count of at least 0, found {header.count}"
    return None


@cython.final
cdef class RecordBatch:
    """The header of a record batch, as far as a consumer needs it.

    Of versions 0 and 1, a batch is one message; what they have not is -1, and None for the timestamp type of version 0.
    """

    def __init__(self):
        raise TypeError("a RecordBatch comes from a RecordReader, or from the batches of Records")

    @property
    def position(self):
        """Where it begins in its buffer."""
        return self.header.position

    @property
    def nbytes(self):
        """Bytes of all of it, as it was sent."""
        return self.header.size

    @property
    def magic(self):
        """Its version: 0, 1 or 2."""
        return self.header.magic

    @property
    def base_offset(self):
        """Of its first record when it was written, even where compaction has removed that."""
        return self.header.base_offset

    @property
    def last_offset(self):
        """Of its last record, even where compaction has removed that."""
        return next_offset(&self.header) - 1

    @property
    def next_offset(self):
        """Where the next batch may begin."""
        return next_offset(&self.header)

    @property
    def leader_epoch(self):
        """Of the partition's leader that appended it; -1 where it is not known."""
        return self.header.leader_epoch

    @property
    def timestamp_type(self):
        """0: records have the time of their creation. 1: all have the time at which the broker appended the batch."""
        cdef int type = timestamp_type(&self.header)
        return None if type < 0 else type

    @property
    def max_timestamp(self):
        """Milliseconds since 1970, UTC."""
        return self.header.max_timestamp

    @property
    def compression(self):
        """None, "gzip", "snappy", "lz4" or "zstd"."""
        return CODECS[self.header.attributes & CODEC_MASK]

    @property
    def is_transactional(self):
        """Is it part of a transaction?"""
        return self.header.magic == 2 and self.header.attributes & TRANSACTIONAL != 0

    @property
    def is_control(self):
        """Its one record is a marker, the end of a transaction for one, and none of a producer's."""
        return self.header.magic == 2 and self.header.attributes & CONTROL != 0

    @property
    def producer_id(self):
        """Of an idempotent or transactional producer; else -1."""
        return self.header.producer_id

    @property
    def producer_epoch(self):
        """Of the producer that has that id; else -1."""
        return self.header.producer_epoch

    @property
    def base_sequence(self):
        """Of its first record, counted by its producer for the partition; else -1."""
        return self.header.base_sequence

    def __len__(self):
        """How many records it says that it holds."""
        return max(self.header.count, 0)

    def __repr__(self):
        return (
            f"RecordBatch(base_offset={self.base_offset}, last_offset={self.last_offset}, len={len(self)}, "
            f"compression={self.compression!r}, position={self.position})"
        )


cdef RecordBatch record_batch(const BatchHeader *header):
    cdef RecordBatch batch = RecordBatch.__new__(RecordBatch)
    batch.header = header[0]
    return batch
