"""Buffers that lie. Whatever the bytes, decoding ends with records or with CorruptRecordBatch, and reads nothing else.

`python tests/kafka/test_records_hostile.py SECONDS [SEED]` runs the fuzz loop for longer: best with extensions built
for a sanitizer.
"""

import random
import re
import struct
import sys
import time
import tracemalloc
from contextlib import suppress
from zlib import crc32

import pytest
from crc32c import crc32c
from kafka.codec import lz4_encode_old_kafka
from kafka.errors import UnsupportedCodecError
from kafka.record.legacy_records import LegacyRecordBatchBuilder
from kafka.record.memory_records import MemoryRecordsBuilder

from fastpaths.kafka import compression
from fastpaths.kafka.compression import compress
from fastpaths.kafka.records import CorruptRecordBatch, RecordReader, decode, encode, split

NOW = 1_700_000_000_000
CODECS = [None, "gzip", "snappy", "lz4", "zstd"]
KEYS = [b"key", None, b"", b"k" * 12, b"k" * 13, None]
VALUES = [b"value", b"v" * 100, None, b"", b"v" * 13, b"v" * 300]
HEADERS = [None, [("name", b"value")], [("", None), ("größe", b"")], None, [], [("n", b"1"), ("n", b"2")]]
TIMES = [NOW, NOW - 5, NOW + 10**9, NOW, NOW, NOW]
FIELDS = {8: "i", 12: "i", 16: "b", 21: "h", 23: "i", 27: "q", 35: "q", 43: "q", 57: "i"}
BYTES = [0x00, 0x01, 0x7F, 0x80, 0xFF]


def sample(compression=None, **options):
    return encode(VALUES, KEYS, HEADERS, TIMES, compression=compression, **options)


def varint(value):
    value = value << 1 ^ value >> 63
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def batch(records, count=1, base_offset=0, time=NOW, size=None, **fields):
    """A batch of these bytes, whose header says what it is told to."""
    built = bytearray(encode([b""], timestamps=time, base_offset=base_offset)[:61] + records)
    struct.pack_into(">i", built, 8, len(built) - 12 if size is None else size)
    struct.pack_into(">i", built, 57, count)
    for at, value in fields.items():
        struct.pack_into(">" + FIELDS[int(at[1:])], built, int(at[1:]), value)
    struct.pack_into(">I", built, 17, crc32c(built[21:]))
    return bytes(built)


def record(body):
    return varint(len(body)) + body


def read_all(buffer, **options):
    """Everything that can be asked of a buffer, each time up to the first error."""
    for ask in (
        lambda: decode(buffer, **options),
        lambda: RecordReader(buffer, NOW, **options).take(),
        lambda: RecordReader(buffer, **options).take_records(None, "topic", 0),
    ):
        with suppress(CorruptRecordBatch):
            ask()
    reader = RecordReader(buffer, 2, **options)
    str(reader.batches)
    reader.leave_out_control()
    reader.leave_out_aborted([(0, 0), (-1, 5)])
    try:
        while reader:
            records = reader.take(2)
            for i in range(len(records)):
                with suppress(CorruptRecordBatch):  # a name that is not UTF-8
                    records.headers(i)
                assert len(records.keys[i] or b"") + len(records.values[i] or b"") >= 0
            assert len(records) > 0 or not reader
    except CorruptRecordBatch:
        position = reader.next_offset
        with pytest.raises(CorruptRecordBatch):
            reader.take(1)
        assert reader.next_offset == position


@pytest.mark.parametrize("codec", CODECS)
def test_cut_at_every_byte(codec):
    one, two = sample(codec), sample(codec, base_offset=6)
    for size in range(len(one) + len(two)):
        records = decode((one + two)[:size])
        assert (len(records), records.consumed) == ((6, len(one)) if size >= len(one) else (0, 0))
        short = bytearray((one + two)[:size])
        if size >= 61:
            struct.pack_into(">i", short, 8, min(size, len(one)) - 12)  # a batch that ends where it is cut
            read_all(short, check_crcs=False)


@pytest.mark.parametrize("codec", CODECS)
def test_every_byte_changed(codec):
    buffer = sample(codec) + sample(codec, base_offset=6)
    for at in range(len(buffer)):
        for value in BYTES:
            changed = bytearray(buffer)
            changed[at] = value
            read_all(changed, check_crcs=False, max_decompressed_bytes=10**6)
            if 21 <= at < len(buffer) // 2 and value != buffer[at]:
                with pytest.raises(CorruptRecordBatch, match="CRC-32C"):
                    decode(changed)


EMPTY = b"\0\0\0\1\1\0"  # attributes, deltas of 0, no key, no value, no headers


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        (b"\x80" * 10 + b"\1" + record(EMPTY), "expected a varint of at most ten bytes"),
        (b"\xff" * 9 + b"\2" + record(EMPTY), "expected a varint of at most ten bytes and 64 bits"),
        (b"\x80" * 10, "expected a varint"),
        (varint(-1) + EMPTY, "expected a length of 6 to the 6 bytes left in the batch, found -1"),
        (varint(5) + EMPTY, "expected a length of 6 to the 6 bytes left in the batch, found 5"),
        (varint(7) + EMPTY, "expected a length of 6 to the 6 bytes left in the batch, found 7"),
        (varint(2**62) + EMPTY, f"found {2**62}"),
        (varint(2**63 - 1) + EMPTY, f"found {2**63 - 1}"),
        (record(b"\0" + b"\x80" * 11), "expected a varint"),
        (record(b"\0\0" + b"\x80" * 11), "expected a varint"),
        (record(b"\0\0\0" + b"\x80" * 11), "expected a varint"),
        (record(b"\0" + varint(2**63 - 1) + EMPTY[2:]), f"the timestamp {NOW} + {2**63 - 1} is beyond 64 bits"),
        (record(b"\0\0" + varint(2**63 - 1) + EMPTY[3:]), f"the offset 1000 + {2**63 - 1} is beyond 63 bits"),
        (record(b"\0\0\0" + varint(3) + b"ab" + b"\1\0"), None),
        (record(b"\0\0\0" + varint(5) + b"ab" + b"\1\0"), "a key of at most the 4 bytes left in the record, found 5"),
        (record(b"\0\0\0" + varint(2**31) + b"ab\1\0"), f"4 bytes left in the record, found {2**31}"),
        (record(b"\0\0\0\1" + varint(2) + b"a\0"), None),
        (record(b"\0\0\0\1" + varint(3) + b"a\0"), "a value of at most the 2 bytes left in the record, found 3"),
        (record(b"\0\0\0\1\1" + varint(-1)), "expected 0 to 0 headers in the 0 bytes left in the record, found -1"),
        (record(b"\0\0\0\1\1" + varint(2**40)), f"found {2**40}"),
        (record(b"\0\0\0\1\1" + varint(1) + varint(2) + b"a"), "a header's name of 0 to the 1 bytes left"),
        (record(b"\0\0\0\1\1" + varint(1) + varint(-1) + b"a"), "1 bytes left in the record, found -1"),
        (record(b"\0\0\0\1\1" + varint(1) + b"\2a" + varint(9)), "header's value of at most the 0 bytes left"),
        (record(b"\0\0\0\1\1" + varint(1) + b"\2a\x80\x80"), "expected a varint"),
        (record(EMPTY + b"x"), "expected its end at byte 76, found it at byte 75"),
        (record(EMPTY) + b"xyz", "found 3 bytes behind the last record"),
    ],
)  # fmt: skip
def test_a_record_that_lies(records, problem):
    if problem is None:  # it is shorter than its batch says: the varint after it has no end
        problem = "expected"
    buffer = batch(record(EMPTY) + records, 2, base_offset=1000)
    with pytest.raises(CorruptRecordBatch, match=re.escape(problem)) as caught:
        decode(buffer)
    assert (caught.value.base_offset, caught.value.position) == (1000, 0)
    reader = RecordReader(buffer)
    assert len(reader.take()) == (2 if "behind the last record" in problem else 1)
    for _ in range(2):
        with pytest.raises(CorruptRecordBatch, match=re.escape(problem)):
            reader.take()


@pytest.mark.parametrize(
    ("buffer", "problem"),
    [
        (batch(record(EMPTY), 2), "expected at most 1 records in 7 bytes, found 2"),
        (batch(record(EMPTY), 2**31 - 1), "expected at most 1 records in 7 bytes, found 2147483647"),
        (batch(record(EMPTY), -1), "expected a record count of at least 0, found -1"),
        (batch(b"", 0, b23=-1), "expected a last offset delta of at least 0, found -1"),
        (batch(record(EMPTY), base_offset=-1), "expected a base offset from 0 to 2**63 - 2**31 - 1, found -1"),
        (batch(record(EMPTY), base_offset=2**63 - 2**30), "expected a base offset from 0 to"),
        (batch(record(EMPTY), b21=5), "expected a codec from 0 to 4, found 5"),
        (batch(record(EMPTY), b16=3), "expected magic 0, 1 or 2, found 3"),
        (batch(record(EMPTY), b16=-1), "expected magic 0, 1 or 2, found -1"),
        (batch(record(EMPTY), size=-1), "expected a length of at least 14, found -1"),
        (batch(record(EMPTY), size=-(2**31)), "expected a length of at least 14, found -2147483648"),
        (batch(record(EMPTY), size=20), "expected at least 61 bytes, found 32"),
        (batch(record(EMPTY), 0), "found 7 bytes behind the last record"),
        (batch(b"not a frame", b21=1), "expected gzip"),
        (batch(b"not a frame", b21=2), "expected snappy"),
        (batch(b"not a frame", b21=3), "expected lz4"),
        (batch(b"not a frame", b21=4), "expected zstd"),
        (
            batch(b"\x82SNAPPY\0" + bytes(8) + b"\x7f\xff\xff\xffab", b21=2),
            "a block of 2147483647 bytes at byte 20 of 22",
        ),
    ],
)
def test_a_header_that_lies(buffer, problem):
    with pytest.raises(CorruptRecordBatch, match=re.escape(problem)) as caught:
        decode(buffer)
    assert caught.value.position == 0


@pytest.mark.parametrize("count", [0, 1])
def test_a_control_batch_without_a_marker(count):
    buffer = batch(record(EMPTY) * count, count, b21=0x30, b43=7) + encode([b"a"], base_offset=1)
    reader = RecordReader(buffer)
    reader.leave_out_aborted([(7, 0)])
    reader.leave_out_control()
    assert list(reader.take().values) == [b"a"]


def test_a_corrupt_control_batch_is_met_where_it_lies():
    buffer = encode([b"a"]) + batch(b"xyzabcd", base_offset=1, b21=0x30, b43=7) + encode([b"b"], base_offset=2)
    reader = RecordReader(buffer)
    reader.leave_out_aborted([(7, 0)])
    assert list(reader.take().values) == [b"a"]
    with pytest.raises(CorruptRecordBatch, match="base offset 1 at byte") as caught:
        reader.take()
    assert caught.value.position == len(encode([b"a"]))


@pytest.mark.parametrize("codec", CODECS[1:])
class TestDecompressionBombs:
    def bomb(self, codec):
        buffer = encode([bytes(10**7)], compression=codec)
        assert len(buffer) < 10**6
        return buffer

    def test_the_error_names_the_limit(self, codec):
        with pytest.raises(
            CorruptRecordBatch, match=rf"expected {codec} of at most 100000 bytes, which max_decompressed"
        ):
            decode(self.bomb(codec), max_decompressed_bytes=100_000)
        assert len(decode(self.bomb(codec), max_decompressed_bytes=10_000_020)) == 1

    def test_the_limit_is_for_all_batches_of_a_call(self, codec):
        buffer = self.bomb(codec) * 3
        with pytest.raises(CorruptRecordBatch, match="which max_decompressed_bytes leaves"):
            decode(buffer, max_decompressed_bytes=25_000_000)
        reader = RecordReader(buffer, max_decompressed_bytes=25_000_000)
        assert [len(reader.take()) for _ in range(2)] == [2, 1]


def legacy(magic, codec, messages, key=None):
    """A batch of version 0 or 1 whose messages, compressed, are these bytes."""
    builder = LegacyRecordBatchBuilder(magic, 0, 1 << 30)
    old_lz4 = (magic, codec) == (0, "lz4")
    builder.append(0, NOW, key, lz4_encode_old_kafka(messages) if old_lz4 else bytes(compress(codec, messages)))
    built = builder.build()
    built[17] |= compression.CODECS.index(codec)
    struct.pack_into(">I", built, 12, crc32(built[16:]))
    return bytes(built)


def message(magic, value, length=None):
    """One whose length is what it is told to be."""
    builder = LegacyRecordBatchBuilder(magic, 0, 1 << 30)
    builder.append(0, NOW, None, value)
    built = builder.build()
    if length is not None:
        struct.pack_into(">i", built, 8, length)
    return bytes(built)


@pytest.mark.parametrize("magic", [0, 1])
class TestVersions0And1:
    @pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4"])
    def test_a_bomb(self, magic, codec):
        if (magic, codec) == (0, "lz4"):
            pytest.importorskip("xxhash")  # with which its frames are written, and read
        bomb = legacy(magic, codec, message(magic, bytes(10**7)))
        tracemalloc.start()
        try:
            with pytest.raises(CorruptRecordBatch, match=rf"{codec} of at most 100000 bytes, which max_decompressed_"):
                decode(bomb, max_decompressed_bytes=100_000)
            assert tracemalloc.get_traced_memory()[1] < 10**6 + len(bomb)
        finally:
            tracemalloc.stop()
        assert len(decode(bomb, max_decompressed_bytes=10_000_100)) == 1

    @pytest.mark.parametrize("length", [-12, -13, -(2**31), -1, 0, 13, 10**6, 2**31 - 1])
    def test_a_message_that_lies(self, magic, length):
        """kafka-python's parser goes round and round in one of length -12."""
        messages = message(magic, b"a") + message(magic, b"b", length)
        with pytest.raises(CorruptRecordBatch, match=rf"expected a message in the .* found length {length}"):
            decode(legacy(magic, "gzip", messages))
        with pytest.raises(CorruptRecordBatch, match="expected a message in the 11 bytes"):
            decode(legacy(magic, "gzip", messages[:11]))

    @pytest.mark.parametrize("length", [-2, -1, 10**6, 2**31 - 1, -(2**31)])
    def test_a_value_that_lies(self, magic, length):
        changed = bytearray(legacy(magic, "gzip", message(magic, b"a"), b"key"))
        for at in ((18, 25), (26, 33))[magic]:  # of the key's length, and of the value's
            lying = bytearray(changed)
            struct.pack_into(">i", lying, at, length)
            with pytest.raises(CorruptRecordBatch):
                decode(lying, check_crcs=False)

    def test_a_codec_that_it_has_not(self, magic):
        changed = bytearray(legacy(magic, "gzip", message(magic, b"a")))
        changed[17] = 4
        with pytest.raises((CorruptRecordBatch, UnsupportedCodecError)):
            decode(changed, check_crcs=False)


def mutated(rng, buffer):
    """Some bytes changed, or moved, or a field of the header replaced by a number that is off limits."""
    changed = bytearray(buffer)
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(len(changed))
        kind = rng.randrange(5)
        if kind == 0:
            changed[at] = rng.choice([*BYTES, rng.randrange(256)])
        elif kind == 1:
            changed[at : at + rng.randrange(12)] = rng.randbytes(rng.randrange(12))
        elif kind == 2:
            changed[at : at + 10] = varint(rng.choice([-1, 0, 2**31 - 1, 2**31, 2**62, -(2**63)]))
        elif kind == 3:
            start = rng.randrange(len(changed))
            changed[at:at] = changed[start : start + rng.randrange(80)]
        elif len(changed) > 61:
            at, form = rng.choice(list(FIELDS.items()))
            bits = 8 * struct.calcsize(form)
            number = rng.choice([0, -1, 1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1)), rng.randrange(100)])
            struct.pack_into(">" + form, changed, at, number)
        if not changed:
            break
    return changed[: rng.randrange(len(changed) + 1)] if rng.randrange(4) == 0 else changed


def fuzz(seed, seconds=float("inf"), runs=sys.maxsize):
    """Decode mutated batches; the number of them."""
    rng = random.Random(seed)
    seeds = [sample(codec) + sample(codec, base_offset=6) for codec in CODECS]
    seeds += [sample(producer_id=7, producer_epoch=1, base_sequence=0, is_transactional=True), encode([b""] * 40)]
    old = MemoryRecordsBuilder(magic=1, compression_type=1, batch_size=10**4)
    old.append(NOW, b"key", b"value" * 20)
    old.close()
    seeds += [
        bytes(old.buffer()) + sample(),
        batch(record(b"\0\0\0\x08\0\0\0\0\0\0"), b21=0x30, b43=7) + sample(base_offset=1),
    ]
    end = time.monotonic() + seconds
    for done in range(runs):
        if time.monotonic() > end:
            return done
        buffer = mutated(rng, rng.choice(seeds))
        read_all(buffer, check_crcs=False, max_decompressed_bytes=10**6)
        split([bytes(buffer)], [None], max_bytes=rng.randrange(10**4))
    return runs


def test_mutated_batches():
    assert fuzz(seed=1, runs=3000) == 3000


if __name__ == "__main__":
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    print(f"seed {seed}: {fuzz(seed, float(sys.argv[1]))} buffers, nothing unexpected")
