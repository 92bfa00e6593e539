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
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
POINTS = (  # every codec with records of 100 B; larger ones with two, and in preset production with every one
    {"size": [100], "codec": {"quick": ["none"], "default": [*CODECS], "production": [*CODECS]}},
    {
        "size": {"default": [1024, 10_240], "production": [1024, 10_240]},
        "codec": {"default": ["none", "lz4"], "production": [*CODECS]},
    },
)
ATTRIBUTES = 22  # the byte that says the codec
TOPIC = TopicPartition("topic", 0)


def rows(size):
    """Seeded values of `size` bytes, which compress as text does, and their timestamps."""
    rng = random.Random(size)
    words = [rng.randbytes(rng.randrange(2, 9)).hex().encode() for _ in range(500)]
    values = [b" ".join(rng.choices(words, k=size // 4))[:size] for _ in range(BUFFER // size)]
    return values, [1_700_000_000_000 + i // 3 for i in range(len(values))]


def decoding(function, fields, size, codec):
    values, timestamps = rows(size)
    buffer = b"".join(
        records.encode(values[part], timestamps=timestamps[part], base_offset=part.start, compression=named(codec))
        for part in records.split(values, timestamps=timestamps, max_bytes=BATCH)
    )
    units = {"items": len(values), "unit": "record", "nbytes": len(buffer)}
    return Op(function, buffer, answer=fields, expected=fields_of(values, timestamps), **units)


def named(codec):
    return None if codec == "none" else codec


def fields_of(values, timestamps):
    return list(zip(range(len(values)), timestamps, [None] * len(values), values, strict=True))


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


def encoding(function, values_form, timestamps_form, size, codec="none"):
    """The answer is what kafka-python finds in the batch: compressed bytes differ from one library to the other."""
    values, timestamps = rows(size)
    units = {"items": len(values), "unit": "record", "nbytes": sum(map(len, values))}
    arguments = values_form(values), timestamps_form(timestamps), codec
    return Op(function, *arguments, answer=found_in, expected=(CODECS[codec], fields_of(values, timestamps)), **units)


def found_in(batch):
    return batch[ATTRIBUTES] & 7, fields_of_objects(kafka_python_objects(bytes(batch)))


def fastpaths_batch(values, timestamps, codec):
    return records.encode(values, timestamps=timestamps, compression=named(codec))


def kafka_python_batch(values, timestamps, codec):
    builder = MemoryRecordsBuilder(magic=2, compression_type=CODECS[codec], batch_size=2**31)
    for value, timestamp in zip(values, timestamps, strict=True):
        builder.append(timestamp, None, value)
    builder.close()
    return builder.buffer()


def aiokafka_batch(values, timestamps, codec):
    builder = aiokafka.DefaultRecordBatchBuilder(2, CODECS[codec], False, -1, -1, -1, 2**31 - 1)
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

for points in POINTS:
    define("decode", points, decoding, fastpaths=(records.decode, fields_of_columns), **READERS)
    define("objects", points, decoding, gc=True, fastpaths=(fastpaths_objects, fields_of_objects), **READERS)
    define("encode", points, encoding, fastpaths=(fastpaths_batch, BinaryColumn.from_values, np.array), **BUILDERS)
define("encode_list", {"size": SIZES}, encoding, fastpaths=(fastpaths_batch, list, list), **BUILDERS)

if __name__ == "__main__":
    main()
