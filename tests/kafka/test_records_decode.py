"""Decoding against kafka-python's own parser, field for field, and against aiokafka's."""

import gc
import random
import struct

import numpy as np
import pytest
from crc32c import crc32c
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import TopicPartition
from kafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from kafka.consumer.fetcher import ConsumerRecord, Fetcher
from kafka.errors import CorruptRecordError
from kafka.protocol.consumer import IsolationLevel
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from fastpaths.errors import FastpathsError
from fastpaths.kafka.records import CorruptRecordBatch, RecordReader, decode

TP = TopicPartition("topic", 5)
CODECS = {
    "none": (0, bytes),
    "gzip": (1, gzip_encode),
    "snappy": (2, lambda data: snappy_encode(data, xerial_blocksize=50)),
    "snappy, raw": (2, lambda data: snappy_encode(data, xerial_compatible=False)),
    "lz4": (3, lambda data: lz4_encode(bytes(data))),
    "zstd": (4, lambda data: zstd_encode(bytes(data))),
}
LOG_APPEND_TIME, TRANSACTIONAL, CONTROL = 8, 16, 32
NOW = 1_700_000_000_000


def batch(records, base_offset=0, codec="none", flags=0, leader_epoch=0, producer=(-1, -1, -1), gap=0):
    """records: (offset delta, timestamp, key, value, headers). gap: offsets at its end that have no record any more."""
    builder = DefaultRecordBatchBuilder(2, 0, False, *producer, batch_size=2**31)
    for record in records:
        builder.append(*record)
    built = bytearray(builder.build())
    number, compress = CODECS[codec if records else "none"]
    built[61:] = compress(built[61:])
    last = records[-1][0] if records else 0
    struct.pack_into(">qii", built, 0, base_offset, len(built) - 12, leader_epoch)
    struct.pack_into(">hi", built, 21, number | flags, last + gap)
    struct.pack_into(">I", built, 17, crc32c(built[21:]))
    return bytes(built)


def simple(values, base_offset=0, **options):
    return batch([(i, NOW + i, None, value, []) for i, value in enumerate(values)], base_offset, **options)


def marker(kind, producer_id, base_offset):
    record = (0, NOW, struct.pack(">hh", 0, kind), b"\0\0\0\0\0\0", [])
    return batch([record], base_offset, flags=TRANSACTIONAL | CONTROL, producer=(producer_id, 1, -1))


data = st.none() | st.binary(max_size=20) | st.integers(60, 300).map(lambda n: bytes(range(256)) * (n // 256 + 1))
headers = st.lists(st.tuples(st.text(max_size=6) | st.just("größe"), st.none() | st.binary(max_size=6)), max_size=3)
rows = st.lists(
    st.tuples(st.integers(1, 300), st.integers(-(10**10), 10**10), data, data, st.just([]) | headers), max_size=8
)


@st.composite
def logs(draw):
    """A buffer of batches as a partition has them, and the offsets between which it lies."""
    parts, offset = [], draw(st.integers(0, 2**40))
    first = offset
    for _ in range(draw(st.integers(0, 5))):
        producer_id = draw(st.sampled_from([-1, 7, 8]))
        if draw(st.integers(0, 4)) == 0:
            parts.append(marker(draw(st.integers(0, 1)), max(producer_id, 7), offset))
            offset += 1
            continue
        deltas, records = -1, []
        for step, time, key, value, pairs in draw(rows):
            deltas += step
            records.append((deltas, NOW + time, key, value, pairs))
        gap = draw(st.integers(0, 3))
        flags = draw(st.sampled_from([0, LOG_APPEND_TIME])) | (TRANSACTIONAL if producer_id > 0 else 0)
        producer = (producer_id, 1, 5) if producer_id > 0 else (-1, -1, -1)
        epoch, codec = draw(st.integers(-1, 300)), draw(st.sampled_from(list(CODECS)))
        parts.append(batch(records, offset, codec, flags, epoch, producer, gap))
        offset += max(deltas, 0) + gap + 1
    return b"".join(parts), first, offset


def state(part):
    return part.next_fetch_offset, part.leader_epoch, part.bytes_read, part.records_read, bool(part)


class Ours:
    """kafka-python's PartitionRecords over a RecordReader."""

    def __init__(self, start_offset, buffer, aborted):
        self.reader = RecordReader(buffer, start_offset)
        self.reader.leave_out_control()
        if aborted is not None:
            self.reader.leave_out_aborted(aborted)
        self.next_fetch_offset = start_offset

    def take(self, n):
        return self.reader.take_records(n, *TP)

    def state(self):
        reader = self.reader
        return reader.next_offset, reader.leader_epoch, reader.bytes_read, reader.records_read, bool(reader)


class Aborted:
    def __init__(self, producer_id, first_offset):
        self.producer_id, self.first_offset = producer_id, first_offset


def theirs(start_offset, buffer, aborted=None):
    options = {}
    if aborted is not None:
        options["isolation_level"] = IsolationLevel.READ_COMMITTED
        options["aborted_transactions"] = [Aborted(*transaction) for transaction in aborted]
    return Fetcher.PartitionRecords(start_offset, TP, MemoryRecords(buffer), **options)


@given(logs(), st.data())
@settings(max_examples=60, deadline=None)
def test_taken_a_few_at_a_time_as_kafka_python_does(log, data):
    buffer, first, stop = log
    buffer = buffer[: len(buffer) - data.draw(st.integers(0, 40) | st.just(0), "cut off")]
    start = data.draw(st.integers(first, max(first, stop - 1)), "start offset")
    aborted = data.draw(st.none() | st.lists(st.tuples(st.sampled_from([7, 8]), st.integers(first, stop)), max_size=3))
    expected, found = theirs(start, buffer, aborted), Ours(start, buffer, aborted)
    while expected:
        n = data.draw(st.none() | st.integers(1, 5), "take")
        wanted = expected.take(n)
        records = found.take(n)
        assert records == wanted
        assert all(type(record) is ConsumerRecord for record in records)
        assert found.state() == state(expected)
    assert found.take(None) == []


@given(logs())
@settings(max_examples=40, deadline=None)
def test_all_in_columns(log):
    buffer, _, _ = log
    expected = [(batch, list(batch)) for batch in MemoryRecords(buffer)]
    records = decode(buffer + buffer[:60])  # part of one more
    assert records.consumed == len(buffer)
    flat = [record for _, records in expected for record in records]
    assert records.offsets.tolist() == [record.offset for record in flat]
    assert records.timestamps.tolist() == [record.timestamp for record in flat]
    assert list(records.keys) == [record.key for record in flat]
    assert list(records.values) == [record.value for record in flat]
    assert [records.headers(i) for i in range(len(records))] == [record.headers for record in flat]
    seen = 0
    for (one, held), (header, rows) in zip([e for e in expected if e[1]], records.batches, strict=True):
        assert rows == range(seen, seen + len(held))
        seen += len(held)
        for name in (
            "base_offset", "last_offset", "next_offset", "leader_epoch", "magic", "timestamp_type", "max_timestamp",
            "is_transactional", "producer_id", "producer_epoch", "base_sequence",
        ):  # fmt: skip
            assert getattr(header, name) == getattr(one, name), name
        assert header.is_control == one.is_control_batch
        assert (len(header), header.nbytes) == (one.records_count, one.size_in_bytes)
        assert header.compression == (None, "gzip", "snappy", "lz4", "zstd")[one.compression_type]


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4"])
@pytest.mark.parametrize("magic", [0, 1])
def test_versions_0_and_1(magic, codec):
    if (magic, codec) == (0, "lz4"):
        pytest.importorskip("xxhash")  # with which kafka-python writes that, and reads it
    builder = MemoryRecordsBuilder(magic=magic, compression_type=CODECS[codec][0], batch_size=10**6)
    for i in range(20):
        key, value = (None if i % 3 == 0 else b"k" * i), (None if i % 5 == 0 else b"v" * 10 * i)
        assert builder.append(timestamp=NOW + i, key=key, value=value)
    builder.close()
    buffer = bytes(builder.buffer()) + simple([b"of version 2"], 20)
    for n in (1, 3, None):
        expected, found = theirs(4, buffer), Ours(4, buffer, None)
        while expected:
            assert found.take(n) == expected.take(n)
            assert found.state() == state(expected)
    assert decode(buffer).timestamps.tolist() == [-1 if magic == 0 else NOW + i for i in range(20)] + [NOW]
    assert [record.checksum is None for record in Ours(0, buffer, None).take(None)] == [False] * 20 + [True]
    wrong = bytearray(buffer)
    wrong[12] ^= 1
    with pytest.raises(CorruptRecordBatch, match=r"base offset 0|base offset 19"):
        decode(wrong)


@pytest.mark.parametrize("codec", list(CODECS)[1:])
def test_how_well_one_batch_compresses_is_no_matter_to_the_next(codec):
    """Room is made for as much as is usual."""
    kinds = [[bytes(400_000)], [random.Random(1).randbytes(100_000)], [b""], [bytes(3_000_000)]]
    for values in kinds * 3 + [kinds[1]] * 40 + [kinds[0]]:
        assert list(decode(simple(values, codec=codec)).values) == values


@pytest.mark.aiokafka
@pytest.mark.parametrize("codec", CODECS)
def test_as_aiokafka(codec):
    from aiokafka.record import _crecords as crecords

    pairs = [("h", b"1"), ("h", None)]
    sample = [(i, NOW - i, b"key"[: i % 4] or None, b"v" * i * 7, pairs[: i % 3]) for i in range(99)]
    buffer = batch(sample, 1234, codec)
    expected = list(crecords.DefaultRecordBatch(bytearray(buffer)))
    records = decode(buffer)
    assert [
        (int(records.offsets[i]), int(records.timestamps[i]), records.keys[i], records.values[i], records.headers(i))
        for i in range(len(records))
    ] == [(r.offset, r.timestamp, r.key, r.value, [(k, v) for k, v in r.headers]) for r in expected]


def test_many_records_are_parsed_without_the_gil():
    values = [b"%d" % i * 9 for i in range(5000)]
    records = decode(simple(values[:3000]) + simple(values[3000:], 3000))
    assert list(records.values) == values
    assert records.offsets.tolist() == list(range(5000))


def test_values_are_views_of_the_buffer():
    buffer = bytearray(simple([b"a value longer than twelve bytes"]))
    values = decode(buffer).values
    buffer[-5:-1] = b"BYTE"
    assert values[0] == b"a value longer than twelve bBYTE"
    with pytest.raises(BufferError):
        buffer.clear()
    del values
    buffer.clear()


@pytest.mark.parametrize("codec", CODECS)
def test_what_was_decompressed_does_not_keep_what_it_was_made_of(codec):
    values = [b"a value longer than twelve bytes"] * 3
    buffer = bytearray(simple(values, codec=codec))
    records = decode(buffer)
    if codec == "none":
        with pytest.raises(BufferError):
            buffer.clear()
    else:
        buffer.clear()
    assert list(records.values) == values


def test_one_batch_that_is_not_compressed_keeps_all():
    buffer = bytearray(simple([b"compressed" * 5], codec="lz4") + simple([b"as it is" * 5], 1))
    records = decode(buffer)
    with pytest.raises(BufferError):
        buffer.clear()
    assert list(records.values) == [b"compressed" * 5, b"as it is" * 5]


def test_nothing_and_part_of_a_batch():
    whole = simple([b"x" * 50])
    for size in (0, 11, 12, 61, len(whole) - 1):
        records = decode(whole[:size])
        assert (len(records), records.consumed, records.next_offset) == (0, 0, 0)
        reader = RecordReader(whole[:size], 7)
        assert reader.take_records(None, *TP) == []
        assert (bool(reader), reader.next_offset, reader.batches) == (False, 7, [])


class TestCorrupt:
    good, other = simple([b"a", b"b"], 10, gap=2), simple([b"c"], 14)
    bad = bytearray(other)
    bad[-2] ^= 1

    def test_what_is_ahead_is_taken_first_and_then_each_take_raises(self):
        reader = RecordReader(self.good + self.bad + self.other, 10)
        for take in (lambda: list(reader.take().values), lambda: [r.value for r in reader.take_records(None, *TP)]):
            if reader.records_read == 0:
                assert take() == [b"a", b"b"]
            for _ in range(2):
                with pytest.raises(
                    CorruptRecordBatch, match=r"base offset 14 at byte 77: expected CRC-32C 0x"
                ) as caught:
                    take()
                assert (reader.next_offset, bool(reader)) == (12, True)
        error = caught.value
        assert (error.base_offset, error.position, error.next_offset) == (14, len(self.good), 15)
        assert isinstance(error, (FastpathsError, CorruptRecordError, ValueError))
        assert len(reader.batches) == 1
        assert reader.consumed == len(self.good)

    def test_decode_raises_at_once(self):
        with pytest.raises(CorruptRecordBatch) as caught:
            decode(self.good + self.bad)
        assert len(decode((self.good + self.bad)[: caught.value.position])) == 2
        assert len(decode(self.good + self.bad, check_crcs=False)) == 3

    def test_a_header_name_that_is_not_utf_8(self):
        buffer = batch([(i, NOW, None, b"v", [("name", b"")]) for i in range(3)])
        at = buffer.rindex(b"name", 0, buffer.rindex(b"name"))
        buffer = buffer[:at] + b"\xff" + buffer[at + 1 :]
        part = Fetcher.PartitionRecords(0, TP, MemoryRecords(buffer), check_crcs=False)
        reader = RecordReader(buffer, check_crcs=False)
        assert reader.take_records(None, *TP) == part.take()
        assert (reader.next_offset, reader.bytes_read, reader.records_read) == state(part)[:1] + state(part)[2:4]
        with pytest.raises(CorruptRecordError):
            part.take()
        for _ in range(2):
            with pytest.raises(CorruptRecordBatch, match=r"record at offset 1: expected a header's name in UTF-8"):
                reader.take_records(None, *TP)
        records = decode(buffer, check_crcs=False)
        assert records.headers(2) == [("name", b"")]
        with pytest.raises(CorruptRecordBatch):
            records.headers(1)


class TestDeserializers:
    buffer = batch([(i, NOW, b"%d" % i, None if i == 1 else b"v", [("h", b"1")]) for i in range(4)])

    def test_they_get_topic_headers_and_data(self):
        calls = []

        def deserialize(*arguments):
            calls.append(arguments)
            return len(calls)

        records = RecordReader(self.buffer).take_records(2, "t", 0, deserialize, deserialize)
        assert [(r.key, r.value, r.serialized_key_size, r.serialized_value_size) for r in records] == [
            (1, 2, 1, 1),
            (3, 4, 1, -1),
        ]
        assert calls[2:] == [("t", [("h", b"1")], b"1"), ("t", [("h", b"1")], None)]

    def test_what_is_ahead_of_an_error_is_taken_first(self):
        def refuse(topic, headers, data):
            if data == b"2":
                raise KeyError("no")
            return data

        reader = RecordReader(self.buffer)
        assert [r.key for r in reader.take_records(None, "t", 0, refuse)] == [b"0", b"1"]
        for _ in range(2):
            with pytest.raises(KeyError):
                reader.take_records(None, "t", 0, refuse)
        assert (reader.next_offset, reader.records_read) == (2, 2)
        assert [r.key for r in reader.take_records(None, "t", 0)] == [b"2", b"3"]


def test_uniform_takes_end_where_epoch_or_time_type_changes():
    buffer = simple([b"a"], 0, leader_epoch=1) + simple([b"b"], 1, leader_epoch=2)
    buffer += simple([b"c"], 2, leader_epoch=2, flags=LOG_APPEND_TIME)
    reader = RecordReader(buffer)
    assert [list(reader.take(uniform=True).values) for _ in range(3)] == [[b"a"], [b"b"], [b"c"]]
    assert list(RecordReader(buffer).take().values) == [b"a", b"b", b"c"]


def test_slices_share_the_memory():
    buffer = simple([b"a", b"b"], 0, gap=1) + batch([(0, NOW, None, b"c", [("h", None)])], 3, leader_epoch=9)
    records = decode(buffer)
    part = records[1:]
    assert (len(part), list(part.values), part.offsets.tolist(), part.next_offset) == (2, [b"b", b"c"], [1, 3], 4)
    assert [rows for _, rows in part.batches] == [range(1), range(1, 2)]
    assert (part.headers(-1), part.batch(1).leader_epoch) == ([("h", None)], 9)
    assert records[:2].next_offset == 3
    assert np.shares_memory(part.offsets, records.offsets)
    assert len(records[2:1]) == 0
    with pytest.raises(ValueError, match="read-only"):
        records.offsets[0] = 1
    with pytest.raises(IndexError, match="record 3 of 3"):
        records.headers(3)
    with pytest.raises(ValueError, match="step 1, found 2"):
        records[::2]
    with pytest.raises(TypeError, match="cut by a slice, found int"):
        records[0]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was_and_sees_the_records(enabled):
    (gc.enable if enabled else gc.disable)()
    try:
        (record,) = RecordReader(simple([b"a"])).take_records(None, *TP)
        assert gc.isenabled() == enabled
    finally:
        gc.enable()
    assert gc.is_tracked(record)
    assert gc.is_tracked(record.headers)


def test_arguments():
    reader = RecordReader(b"")
    with pytest.raises(ValueError, match="n must be at least 0, found -1"):
        reader.take(-1)
    with pytest.raises(ValueError, match="max_decompressed_bytes must be at least 0, found -1"):
        RecordReader(b"", max_decompressed_bytes=-1)
    for wrong in (None, "text"):
        with pytest.raises(TypeError):
            decode(wrong)
