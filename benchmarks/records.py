"""Record batches, the format in which Kafka stores and sends records: decoding with kafka-python's own parser.

The parser is the peer that fastpaths' decoder will be measured against. Meanwhile the case tells what an upgrade of
kafka-python does to it: `fastpaths compare kafka-python==3.0.11 . records`.
"""

import random

from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from fastpaths.bench import Op, case, main

BATCH_BYTES = 16 << 10  # the producer's default
SIZES = {"quick": [100], "default": [100, 1024], "production": [100, 1024, 10_240]}
COUNTS = {"quick": [1000], "default": [10_000], "production": [100_000]}


def records_of(count, size):
    """(timestamp, key, value): seeded values of `size` bytes that do not compress."""
    rng = random.Random(count)
    return [(1_700_000_000_000 + i, b"key-%08d" % i, rng.randbytes(size)) for i in range(count)]


def encode(records):
    """The record batches in which a producer would send them, one after the other, each numbered from offset 0."""
    batches = []
    builder = None
    for timestamp, key, value in records:
        if builder is None or builder.append(timestamp=timestamp, key=key, value=value) is None:
            if builder is not None:
                builder.close()
                batches.append(bytes(builder.buffer()))
            builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=BATCH_BYTES)
            builder.append(timestamp=timestamp, key=key, value=value)
    builder.close()
    return b"".join([*batches, bytes(builder.buffer())])


def decode(buffer):
    decoded = []
    batches = MemoryRecords(buffer)
    while batches.has_next():
        decoded += [(record.timestamp, record.key, record.value) for record in batches.next_batch()]
    return decoded


@case(group="records/decode", params={"size": SIZES, "records": COUNTS})
def kafka_python(size, records):
    expected = records_of(records, size)
    buffer = encode(expected)
    return Op(decode, buffer, items=records, unit="record", nbytes=len(buffer), expected=expected)


if __name__ == "__main__":
    main()
