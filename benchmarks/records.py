"""Record batches, the format in which Kafka stores and sends records: decoded to columns and to objects, and encoded.

The buffer is what a fetch brings for one partition, about 1 MiB in batches of 16 KiB; kafka-python and aiokafka read
the same one. kafka-python is called as its consumer calls it: bytes in, ConsumerRecords out. aiokafka has its own
objects. In records/objects the garbage collector is on, as it is in a program that consumes.
"""

import random
from importlib.util import find_spec

import numpy as np
from kafka import TopicPartition
from kafka.consumer.fetcher import Fetcher
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from fastpaths import BinaryColumn
from fastpaths.bench import Op, case, main
from fastpaths.kafka import records

BUFFER = 2**20
BATCH = 16 << 10  # the producer's default
SIZES = {"quick": [100], "default": [100, 1024, 10_240], "production": [100, 1024, 10_240]}
CODECS = {"quick": ["none"], "default": ["none", "gzip", "snappy", "lz4", "zstd"]}
CODECS["production"] = CODECS["default"]
TOPIC = TopicPartition("topic", 0)
MAGIC = 16  # where it lies in a batch; before it the clients differ in the leader epoch, which the broker sets


def values_of(size):
    """Seeded values of `size` bytes, which compress as text does."""
    rng = random.Random(size)
    words = [rng.randbytes(rng.randrange(2, 9)).hex().encode() for _ in range(500)]
    return [b" ".join(rng.choices(words, k=size // 4))[:size] for _ in range(BUFFER // size)]


def timestamps_of(values):
    return np.arange(len(values)) // 3 + 1_700_000_000_000


def buffer_of(values, codec):
    timestamps = timestamps_of(values)
    return b"".join(
        records.encode(
            values[rows],
            timestamps=timestamps[rows],
            base_offset=rows.start,
            compression=None if codec == "none" else codec,
        )
        for rows in records.split(values, timestamps=timestamps, max_bytes=BATCH)
    )


def rows_of(decoded):
    return list(zip(decoded.offsets.tolist(), decoded.timestamps.tolist(), decoded.keys, decoded.values, strict=True))


def fields_of(objects):
    return [(record.offset, record.timestamp, record.key, record.value) for record in objects]


def take_records(buffer):
    return records.RecordReader(buffer).take_records(None, "topic", 0)


def kafka_python(buffer):
    return Fetcher.PartitionRecords(0, TOPIC, MemoryRecords(buffer)).take()


def decoding(function, answer, size, codec):
    values = values_of(size)
    expected = list(zip(range(len(values)), timestamps_of(values).tolist(), [None] * len(values), values, strict=True))
    buffer = buffer_of(values, codec)
    return Op(function, buffer, answer=answer, expected=expected, items=len(values), unit="record", nbytes=len(buffer))


def kafka_python_builder(values, timestamps):
    builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=2**31)
    for timestamp, value in zip(timestamps, values, strict=True):
        builder.append(timestamp, None, value)
    builder.close()
    return builder.buffer()


def encode(values, timestamps):
    return records.encode(values, timestamps=timestamps)


def encoding(function, form, as_timestamps, size):
    values = values_of(size)
    timestamps = timestamps_of(values)
    expected = bytes(kafka_python_builder(values, timestamps.tolist()))
    units = {"items": len(values), "unit": "record", "nbytes": len(expected)}
    answer = lambda batch: bytes(batch)[MAGIC:]  # noqa: E731
    return Op(function, form(values), as_timestamps(timestamps), answer=answer, expected=expected[MAGIC:], **units)


def define(name, params, set_up, fastpaths, gc=False, **peers):
    """The case records/<name>/fastpaths and its baselines: set_up(*side, **params) makes the Op of each."""
    subject = case(group=f"records/{name}", name="fastpaths", params=params, gc=gc)(
        lambda **at: set_up(*fastpaths, **at)
    )
    for peer, side in peers.items():
        subject.baseline(name=peer)(lambda side=side, **at: set_up(*side, **at))


readers, builders = {"kafka_python": (kafka_python, fields_of)}, {"kafka_python": (kafka_python_builder, list, np.ndarray.tolist)}
if find_spec("aiokafka"):
    from aiokafka.record import _crecords as compiled  # its public names fall back to Python without a word

    def aiokafka(buffer):
        batches, decoded = compiled.MemoryRecords(buffer), []
        while batches.has_next():
            batch = batches.next_batch()
            assert batch.validate_crc()
            decoded += batch
        return decoded

    def aiokafka_builder(values, timestamps):
        builder = compiled.DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, 2**31 - 1)
        for offset, value in enumerate(values):
            builder.append(offset, timestamps[offset], None, value, [])
        return builder.build()

    readers["aiokafka"] = (aiokafka, fields_of)
    builders["aiokafka"] = (aiokafka_builder, list, np.ndarray.tolist)

READ = {"size": SIZES, "codec": CODECS}
define("decode", READ, decoding, (records.decode, rows_of), **readers)
define("objects", READ, decoding, (take_records, fields_of), gc=True, **readers)
define("encode", {"size": SIZES}, encoding, (encode, BinaryColumn.from_values, np.array), **builders)
define("encode_list", {"size": SIZES}, encoding, (encode, list, np.ndarray.tolist), **builders)

if __name__ == "__main__":
    main()
