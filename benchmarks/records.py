"""Record batches, the format in which Kafka stores and sends records: decoded to columns and to objects, and encoded.

The buffer is what a fetch brings for one partition: 1 MiB of values in batches of 16 KiB. kafka-python is called as its
consumer calls it, bytes in and ConsumerRecords out; aiokafka gives objects of its own. Both check CRCs, as decode does.
In records/objects the garbage collector is on, as it is in a program that consumes. aiokafka takes part where it is
installed.

What an upgrade of kafka-python does to it: `fastpaths compare kafka-python==3.0.11 . records/decode/kafka_python`.
"""

import random

import numpy as np
from kafka import TopicPartition
from kafka.consumer.fetcher import Fetcher
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from fastpaths import BinaryColumn
from fastpaths.bench import Op, case, main
from fastpaths.kafka import records

try:
    from aiokafka.record import _crecords as aiokafka  # its public names fall back to Python without a word
except ModuleNotFoundError:  # then there are no such baselines
    aiokafka = None

BUFFER = 1 << 20
BATCH = 16 << 10  # the producer's default
SIZES = {"quick": [100], "default": [100, 1024, 10_240], "production": [100, 1024, 10_240]}
CODECS = {"quick": ["none"], "default": ["none", "lz4"], "production": ["none", "gzip", "snappy", "lz4", "zstd"]}
TOPIC = TopicPartition("topic", 0)
BEHIND_EPOCH = 16  # bytes: builders differ in the leader epoch before it, which the broker sets


def rows(size):
    """Seeded values of `size` bytes, which compress as text does, and their timestamps."""
    rng = random.Random(size)
    words = [rng.randbytes(rng.randrange(2, 9)).hex().encode() for _ in range(500)]
    values = [b" ".join(rng.choices(words, k=size // 4))[:size] for _ in range(BUFFER // size)]
    return values, [1_700_000_000_000 + i // 3 for i in range(len(values))]


def decoding(function, fields, size, codec):
    values, timestamps = rows(size)
    buffer = b"".join(
        records.encode(
            values[part],
            timestamps=timestamps[part],
            base_offset=part.start,
            compression=None if codec == "none" else codec,
        )
        for part in records.split(values, timestamps=timestamps, max_bytes=BATCH)
    )
    expected = list(zip(range(len(values)), timestamps, [None] * len(values), values, strict=True))
    units = {"items": len(values), "unit": "record", "nbytes": len(buffer)}
    return Op(function, buffer, answer=fields, expected=expected, **units)


def fields_of_columns(decoded):
    return list(zip(decoded.offsets.tolist(), decoded.timestamps.tolist(), decoded.keys, decoded.values, strict=True))


def fields_of_objects(objects):
    return [(record.offset, record.timestamp, record.key, record.value) for record in objects]


def fastpaths_objects(buffer):
    return records.RecordReader(buffer).take_records(None, "topic", 0)


def kafka_python_objects(buffer):
    return Fetcher.PartitionRecords(0, TOPIC, MemoryRecords(buffer)).take()


def aiokafka_objects(buffer):
    batches, decoded = aiokafka.MemoryRecords(buffer), []
    while batches.has_next():
        batch = batches.next_batch()
        assert batch.validate_crc()
        decoded += batch
    return decoded


def encoding(function, values_form, timestamps_form, size):
    values, timestamps = rows(size)
    expected = kafka_python_batch(values, timestamps)
    units = {"items": len(values), "unit": "record", "nbytes": len(expected)}
    arguments = values_form(values), timestamps_form(timestamps)
    return Op(function, *arguments, answer=behind_epoch, expected=behind_epoch(expected), **units)


def behind_epoch(batch):
    return bytes(batch[BEHIND_EPOCH:])


def fastpaths_batch(values, timestamps):
    return records.encode(values, timestamps=timestamps)


def kafka_python_batch(values, timestamps):
    builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=2**31)
    for value, timestamp in zip(values, timestamps, strict=True):
        builder.append(timestamp, None, value)
    builder.close()
    return builder.buffer()


def aiokafka_batch(values, timestamps):
    builder = aiokafka.DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 2**31 - 1)
    for offset, (value, timestamp) in enumerate(zip(values, timestamps, strict=True)):
        builder.append(offset, timestamp, None, value, [])
    return builder.build()


def define(name, params, set_up, gc=False, **sides):
    """The case records/<name>/fastpaths and its baselines: set_up(*side, **params) makes the Op of each."""

    def made(side):
        return lambda **point: set_up(*side, **point)

    subject = case(group=f"records/{name}", name="fastpaths", params=params, gc=gc)(made(sides.pop("fastpaths")))
    for peer, side in sides.items():
        if peer != "aiokafka" or aiokafka is not None:
            subject.baseline(name=peer)(made(side))


READERS = {
    "kafka_python": (kafka_python_objects, fields_of_objects),
    "aiokafka": (aiokafka_objects, fields_of_objects),
}
BUILDERS = {"kafka_python": (kafka_python_batch, list, list), "aiokafka": (aiokafka_batch, list, list)}

READ = {"size": SIZES, "codec": CODECS}
define("decode", READ, decoding, fastpaths=(records.decode, fields_of_columns), **READERS)
define("objects", READ, decoding, gc=True, fastpaths=(fastpaths_objects, fields_of_objects), **READERS)
WRITE = {"size": SIZES}
define("encode", WRITE, encoding, fastpaths=(fastpaths_batch, BinaryColumn.from_values, np.array), **BUILDERS)
define("encode_list", WRITE, encoding, fastpaths=(fastpaths_batch, list, list), **BUILDERS)

if __name__ == "__main__":
    main()
