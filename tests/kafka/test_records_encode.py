"""Encoding: the very bytes of kafka-python's builder, and compressed batches read by others."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka.record.memory_records import MemoryRecords, MemoryRecordsBuilder

from fastpaths import BinaryColumn
from fastpaths.kafka.records import decode, encode, split

NOW = 1_700_000_000_000
CODECS = ["gzip", "snappy", "lz4", "zstd"]

data = st.none() | st.binary(max_size=20) | st.integers(60, 20_000).map(bytes)
headers = st.lists(st.tuples(st.text(max_size=6), st.none() | st.binary(max_size=6)), max_size=3)
rows = st.lists(st.tuples(data, data, headers, st.integers(NOW - 2**40, NOW + 2**40)), min_size=1, max_size=80)


def built(rows, **producer):
    builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=2**31, **producer)
    for key, value, pairs, time in rows:
        builder.append(timestamp=time, key=key, value=value, headers=pairs)
    builder.close()
    return bytes(builder.buffer())


@given(rows)
@settings(max_examples=50, deadline=None)
def test_the_bytes_of_kafka_pythons_builder(rows):
    keys, values, pairs, times = map(list, zip(*rows, strict=True))
    expected = built(rows)
    assert encode(values, keys, pairs, times) == expected
    assert encode(BinaryColumn.from_values(values), BinaryColumn.from_values(keys), pairs, np.array(times)) == expected
    assert encode(BinaryColumn.from_values([b"", *values])[1:], keys, pairs, times) == expected


def test_without_keys_and_headers_and_at_one_time():
    values = [b"a", None, b"c" * 100]
    expected = built([(None, value, [], NOW) for value in values])
    assert encode(values, timestamps=NOW) == expected
    assert encode(tuple(values), None, [None, [], None], [NOW] * 3) == expected
    assert encode((value for value in values), timestamps=NOW) == expected


def test_at_the_current_time(monkeypatch):
    monkeypatch.setattr("time.time_ns", lambda: NOW * 1_000_000 + 999_999)
    assert encode([b"a"]) == encode([b"a"], timestamps=NOW)


def test_the_fields_of_a_producer():
    producer = {"producer_id": 2**40, "producer_epoch": 7, "base_sequence": 2**31 - 2}
    row = (b"k", b"v", [], NOW)
    assert encode([b"v"], [b"k"], timestamps=NOW, **producer) == built([row], **producer)
    encoded = encode([b"v"], [b"k"], timestamps=NOW, is_transactional=True, **producer)
    assert encoded == built([row], transactional=True, **producer)
    (batch, _), *_ = decode(encode([b"v"], base_offset=5)).batches
    assert (batch.base_offset, batch.producer_id, batch.is_transactional) == (5, -1, False)


def kafka_python_reads(encoded):
    batch = MemoryRecords(encoded).next_batch()
    assert batch.validate_crc()
    return [record.value for record in batch]


def aiokafka_reads(encoded):
    from aiokafka.record import _crecords as crecords

    return [record.value for record in crecords.DefaultRecordBatch(bytearray(encoded))]


@pytest.mark.parametrize("reads", [kafka_python_reads, pytest.param(aiokafka_reads, marks=pytest.mark.aiokafka)])
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [10, 5_000, 200_000])  # one block of each codec, and several
def test_compressed_batches_are_read_by_others(codec, size, reads):
    values = [b'{"user": %d, "status": "active"}' % i for i in range(size // 20 + 1)]
    encoded = encode(values, timestamps=NOW, compression=codec)
    assert len(encoded) < len(encode(values, timestamps=NOW)) or size == 10
    assert reads(encoded) == values


def test_java_reads_lz4_of_independent_blocks_only():
    encoded = encode([b"value" * 100_000], compression="lz4")
    assert encoded[61:65] == b"\x04\x22\x4d\x18"
    assert encoded[65] & 0x20


@pytest.mark.parametrize("codec", CODECS)
def test_a_batch_that_would_grow_is_left_as_it_is(codec):
    values = [bytes(range(0, 256, 37))]
    assert encode(values, timestamps=NOW, compression=codec) == encode(values, timestamps=NOW)


def test_many_records_are_written_without_the_gil():
    rows = [(b"%d" % i, b"v" * (i % 300), [], NOW + i) for i in range(3000)]
    keys, values, _, times = zip(*rows, strict=True)
    assert encode(values, keys, None, times) == built(rows)


@given(rows, st.integers(0, 30_000))
@settings(max_examples=50, deadline=None)
def test_split_fills_each_batch(rows, max_bytes):
    keys, values, pairs, times = zip(*rows, strict=True)
    columns = (BinaryColumn.from_values(values), keys, pairs, times)
    cuts = split(*columns, max_bytes=max_bytes)
    assert [i for cut in cuts for i in range(cut.start, cut.stop)] == list(range(len(rows)))
    for cut in cuts:
        assert cut.stop - cut.start == 1 or len(encode(*(part[cut] for part in columns))) <= max_bytes
        if cut.stop < len(rows):
            assert len(encode(*(part[cut.start : cut.stop + 1] for part in columns))) > max_bytes


def test_split_of_nothing():
    assert split([], max_bytes=10) == []


def test_a_batch_of_more_than_two_gib_is_refused_before_it_is_made():
    values = [bytes(2**20)] * 2048
    with pytest.raises(ValueError, match=r"at most 2147483647 bytes, which record 2047 of 2048 exceeds; split it"):
        encode(values)
    assert [len(values[cut]) for cut in split(values, max_bytes=2**31 - 1)] == [2047, 1]


@pytest.mark.parametrize(
    ("error", "message", "arguments", "options"),
    [
        (ValueError, "at least one record", ([],), {}),
        (TypeError, r"values\[1\] must be bytes or None, found str", ([b"", "text"],), {}),
        (TypeError, r"keys\[0\] must be bytes or None, found int", ([b""], [1]), {}),
        (TypeError, "found bytearray", ([bytearray(b"x")],), {}),
        (ValueError, "expected as many keys as values, 2, found 1", ([b"", b""], [b""]), {}),
        (ValueError, "expected as many headers as values, 1, found 2", ([b""], None, [[], []]), {}),
        (ValueError, "expected as many timestamps as values, 1, found 0", ([b""], None, None, []), {}),
        (TypeError, "a header's name must be str, found bytes", ([b""], None, [[(b"name", b"")]]), {}),
        (TypeError, r"header values\[0\] must be bytes or None, found str", ([b""], None, [[("name", "")]]), {}),
        (ValueError, "not valid Unicode", ([b""], None, [[("\ud800", b"")]]), {}),
        (TypeError, r"timestamps\[0\] must be an integer, found float", ([b""], None, None, [1.5]), {}),
        (TypeError, "one dimension of integers, found 1 of float64", ([b""], None, None, np.zeros(1)), {}),
        (TypeError, "one dimension of integers, found 2 of int64", ([b""], None, None, np.zeros((1, 1), np.int64)), {}),
        (OverflowError, "too large", ([b""], None, None, [2**63]), {}),
        (OverflowError, "2\\*\\*63 ms apart", ([b"", b""], None, None, [-(2**62), 2**62]), {}),
        (OverflowError, "int64", ([b""], None, None, np.array([2**63], np.uint64)), {}),
        (OverflowError, "too large", ([b""], None, None, 2**63), {}),
        (ValueError, "compression must be one of None, 'gzip', .* found 'brotli'", ([b""],), {"compression": "brotli"}),
        (ValueError, "transactional batch needs a producer_id", ([b""],), {"is_transactional": True}),
        (ValueError, "found -1 and 3", ([b""],), {"producer_id": 1, "base_sequence": 3}),
        (OverflowError, "too large", ([b""],), {"producer_epoch": 2**15}),
    ],
)
def test_what_is_refused(error, message, arguments, options):
    with pytest.raises(error, match=message):
        encode(*arguments, **options)


def test_no_reference_is_kept():
    values, keys = [b"v" * 500] * 10, [b"k" * 500] * 10
    before = sys.getrefcount(values[0]), sys.getrefcount(keys[0])
    encode(values, keys)
    split(values, keys, max_bytes=1000)
    with pytest.raises(TypeError):
        encode(values, [*keys, 1])
    assert (sys.getrefcount(values[0]), sys.getrefcount(keys[0])) == before
