"""Batches of versions 0 and 1, read by kafka-python's own parser."""

from __future__ import annotations

from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.legacy_records import LegacyRecord, LegacyRecordBatch


def has_right_crc(batch: memoryview, magic: int) -> bool:
    return bool(LegacyRecordBatch(batch, magic).validate_crc())


def read(batch: memoryview, magic: int, base_offset: int, check_crcs: bool) -> tuple[list[LegacyRecord], memoryview]:
    """The records of a batch, and the same as the records of version 2, relative to its base offset and time 0."""
    records = list(LegacyRecordBatch(batch, magic))
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, batch_size=2**31)
    builder.append(0, 0, None, None, [])  # the first one's time is what the others' are relative to
    skipped = builder.size()
    for record in records:
        if check_crcs and not record.validate_crc():
            raise ValueError(f"the record at offset {record.offset} failed its CRC check")
        timestamp = -1 if record.timestamp is None else record.timestamp
        builder.append(record.offset - base_offset, timestamp, record.key, record.value, [])
    return records, memoryview(builder.build())[skipped:]
