"""Batches of versions 0 and 1, read by kafka-python's own parser."""

from __future__ import annotations

import struct
from typing import Any

from kafka.codec import xxhash  # None where it is not installed
from kafka.errors import UnsupportedCodecError
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.legacy_records import LegacyRecord, LegacyRecordBatch

from fastpaths.kafka.compression import CODECS, decompress

INT32 = struct.Struct(">i")
LENGTH_AT = 8  # of a message, behind its offset; it counts what follows
SMALLEST = (14, 22)  # length, by version
CODECS_THEN = 4  # None, gzip, snappy, lz4

# Of an lz4 frame: a magic number, flags, the size of blocks, the size of all if the flags say so, a checksum of a byte.
FRAME_HEADER = 7
FLAGS_AT = 4
HAS_SIZE = 0x08


def has_right_crc(batch: memoryview, magic: int) -> bool:
    return bool(LegacyRecordBatch(batch, magic).validate_crc())


def read(
    batch: memoryview, magic: int, base_offset: int, check_crcs: bool, limit: int
) -> tuple[list[LegacyRecord], memoryview]:
    """The records of a batch, and the same as the records of version 2, relative to its base offset and time 0.

    limit: of what it may be when decompressed, in bytes; above it DecompressionFailed.
    """
    whole = _Batch(batch, magic)
    whole.limit = limit
    records = list(whole)
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, batch_size=2**31)
    builder.append(0, 0, None, None, [])  # the first one's time is what the others' are relative to
    skipped = builder.size()
    for record in records:
        if check_crcs and not record.validate_crc():
            raise ValueError(f"the record at offset {record.offset} failed its CRC check")
        timestamp = -1 if record.timestamp is None else record.timestamp
        builder.append(record.offset - base_offset, timestamp, record.key, record.value, [])
    return records, memoryview(builder.build())[skipped:]


class _Batch(LegacyRecordBatch):  # type: ignore[misc]
    """kafka-python's, but what it decompresses is bounded, and is messages from end to end, or its parser might never
    come to an end of them."""

    __slots__ = ("limit",)

    def _decompress(self, key_offset: int) -> Any:
        codec = self.compression_type
        if codec >= CODECS_THEN:
            raise UnsupportedCodecError(f"codec {codec} in a batch of version {self.magic}")
        data = self._value(key_offset)
        if codec == self.CODEC_LZ4 and self.magic == 0:
            data = _with_right_checksum(data)
        messages = decompress(str(CODECS[codec]), data, self.limit)
        self._check(messages)
        return messages

    def _value(self, key_offset: int) -> memoryview:
        (key_length,) = INT32.unpack_from(self._buffer, key_offset)
        at = key_offset + INT32.size + max(key_length, 0)
        (length,) = INT32.unpack_from(self._buffer, at)
        at += INT32.size
        if not 0 <= length <= len(self._buffer) - at:
            raise ValueError(f"expected a value of at most {len(self._buffer) - at} bytes, found {length}")
        value: memoryview = self._buffer[at : at + length]
        return value

    def _check(self, messages: Any) -> None:
        at, size = 0, len(messages)
        while at < size:
            behind = at + LENGTH_AT + INT32.size
            length = INT32.unpack_from(messages, at + LENGTH_AT)[0] if behind <= size else -1
            if not SMALLEST[self.magic] <= length <= size - behind:
                raise ValueError(f"expected a message in the {size - at} bytes at byte {at}, found length {length}")
            at = behind + length


def _with_right_checksum(frame: memoryview) -> memoryview:
    """An lz4 frame as the format has it: writers of version 0 take the checksum of its header over four bytes more."""
    if xxhash is None:
        raise UnsupportedCodecError("lz4 in a batch of version 0 needs the xxhash package")
    if len(frame) < FRAME_HEADER:
        raise ValueError(f"expected an lz4 frame, found {len(frame)} bytes")
    at = FRAME_HEADER - 1 + (8 if frame[FLAGS_AT] & HAS_SIZE else 0)
    right = xxhash.xxh32(frame[FLAGS_AT:at]).intdigest() >> 8 & 0xFF
    return memoryview(b"".join((frame[:at], bytes([right]), frame[at + 1 :])))
