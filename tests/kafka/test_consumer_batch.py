"""Columns end to end: a ConsumerBatch as it comes from a broker, handed to whatever takes columns, without a copy."""

import numpy as np
import polars
import pyarrow
import pytest
from kafka import TopicPartition

from fastpaths import BinaryColumn, Columns, Table, rawbytes
from fastpaths.kafka import ConsumerBatch, CorruptRecordBatch, KafkaConsumer, KafkaProducer, fetcher
from fastpaths.kafka.reader import RecordReader
from fastpaths.kafka.records import decode, encode

N = 1000
KEYS = [None if i % 50 == 49 else b"key-%d" % (i % 100) for i in range(N)]
VALUES = [None if i % 10 == 3 else b"%06d" % i * (i % 9) for i in range(N)]  # some are inlined in their views, some not
HEADERS = [[("n", b"%d" % i), ("n", None)] if i % 7 == 0 else None for i in range(N)]
TIMES = [1_700_000_000_000 + i for i in range(N)]


@pytest.fixture(scope="module")
def fetched(broker):
    """A batch of all the records, and the buffers that they were fetched in."""
    with KafkaProducer(**broker.client_options("producer")) as producer:
        producer.send_batch("columns", VALUES, KEYS, partition=0, timestamps=TIMES, headers=HEADERS).get(20)
    buffers = []

    def reader(buffer, *arguments, **options):
        buffers.append(buffer)
        return RecordReader(buffer, *arguments, **options)

    with (
        pytest.MonkeyPatch.context() as patch,
        KafkaConsumer(auto_offset_reset="earliest", **broker.client_options("consumer")) as consumer,
    ):
        patch.setattr(fetcher, "RecordReader", reader)
        tp = TopicPartition("columns", 0)
        consumer.assign([tp])
        while not (found := consumer.poll_batches(timeout_ms=5000)):
            pass
        return found[tp], buffers


@pytest.fixture(scope="module")
def batch(fetched):
    return fetched[0]


def users():
    table = Table({"key": "bytes", "rank": "int64"}, key="key", capacity=N)
    table.upsert_many([{"key": b"key-%d" % i, "rank": i} for i in range(0, 100, 2)])
    return table


pytestmark = pytest.mark.embedded


def test_all_of_it(batch):
    assert (batch.topic, batch.partition, len(batch), batch.next_offset) == ("columns", 0, N, N)
    assert isinstance(batch.keys, BinaryColumn)
    assert isinstance(batch.values, BinaryColumn)
    assert (list(batch.keys), list(batch.values)) == (KEYS, VALUES)
    assert (batch.offsets.tolist(), batch.timestamps.tolist()) == ([*range(N)], TIMES)
    assert (batch.offsets.dtype, batch.timestamps.dtype) == (np.int64, np.int64)
    assert batch.timestamp_type == 0


def addresses(array):
    return {one.address for one in array.buffers() if one is not None}


def test_it_is_where_it_was_fetched(fetched):
    """Nobody on the way has copied: neither what is fetched, nor the offsets, nor the views."""
    batch, (buffer,) = fetched
    start = np.frombuffer(buffer, np.uint8).ctypes.data
    arrow, frame = pyarrow.record_batch(batch), polars.DataFrame(batch)
    for name in ("key", "value"):
        in_polars = pyarrow.chunked_array(frame[name]).chunk(0)
        assert start in addresses(arrow.column(name))
        assert addresses(in_polars) == addresses(arrow.column(name))
        assert arrow.column(name).type == pyarrow.binary_view()
    for taken in (arrow.column("offset"), pyarrow.chunked_array(frame["offset"]).chunk(0)):
        assert addresses(taken) == {batch.offsets.ctypes.data}
    part = pyarrow.record_batch(batch[10:20])
    assert start in addresses(part.column("value"))


def test_rows_of_a_table(batch):
    table = users()
    found = table.find_many(batch.keys)
    assert found.tolist() == [table.find(key) if key is not None else -1 for key in KEYS]
    assert (found >= 0).sum() > N // 3


@pytest.mark.parametrize("how", ["left", "inner"])
def test_a_join(batch, how):
    joined = polars.DataFrame(users().join(batch, on="key", how=how))
    ranks = {b"key-%d" % i: i for i in range(0, 100, 2)}
    expected = [(i, KEYS[i], VALUES[i], ranks.get(KEYS[i])) for i in range(N) if how == "left" or KEYS[i] in ranks]
    assert joined.select("offset", "key", "value", "rank").rows() == expected


def test_a_changelog(batch):
    """A null value deletes; the last one of a key counts."""
    table = Table({"key": "bytes", "size": "int64"}, key="key")
    keyed = [i for i in range(N) if KEYS[i] is not None]
    table.apply(
        batch.keys.take(np.array(keyed)),
        batch.values.take(np.array(keyed)),
        lambda values: Columns({"size": np.array([len(value) for value in values])}),
    )
    expected = {}
    for i in keyed:
        if VALUES[i] is None:
            expected.pop(KEYS[i], None)
        else:
            expected[KEYS[i]] = len(VALUES[i])
    assert {row["key"]: row["size"] for row in polars.DataFrame(table).to_dicts()} == expected


def test_sums_of_bytes(batch):
    assert rawbytes.byte_sum(batch.values).tolist() == [sum(value or b"") for value in VALUES]


def test_arrow(batch):
    expected = {"offset": [*range(N)], "timestamp": TIMES, "key": KEYS, "value": VALUES}
    frame = polars.DataFrame(batch)
    assert frame.schema["timestamp"] == polars.Datetime("ms", "UTC")
    assert frame.with_columns(polars.col("timestamp").dt.epoch("ms")).to_dict(as_series=False) == expected
    arrow = pyarrow.record_batch(batch)
    arrow.validate(full=True)
    assert arrow.schema.field("timestamp").type == pyarrow.timestamp("ms", "UTC")
    arrow = arrow.set_column(1, "timestamp", arrow.column("timestamp").cast(pyarrow.int64()))
    assert arrow.to_pydict() == expected


def test_headers(batch):
    assert [batch.headers(i) for i in range(N)] == [pairs or [] for pairs in HEADERS]
    assert batch.headers(-N) == HEADERS[0]
    for i in (N, -N - 1):
        with pytest.raises(IndexError, match=f"record {i} of {N}"):
            batch.headers(i)


def test_a_headers_name_that_is_not_utf_8():
    changed = encode([b"a"], headers=[[("name", b"b")]]).replace(b"name", b"\xffame")
    batch = ConsumerBatch("t", 0, decode(changed, check_crcs=False))
    for ask in (lambda: batch.headers(0), lambda: batch[0]):
        with pytest.raises(CorruptRecordBatch, match="UTF-8"):
            ask()


def test_records(batch):
    for i in (0, 7, N - 1, -1, -N):
        one = batch[i]
        row = i % N
        assert (one.topic, one.partition, one.offset, one.timestamp) == ("columns", 0, row, TIMES[row])
        assert (one.key, one.value, one.headers) == (KEYS[row], VALUES[row], HEADERS[row] or [])
    assert [one.offset for one in batch] == [*range(N)]
    for i in (N, -N - 1):
        with pytest.raises(IndexError, match=f"record {i} of a batch of {N}"):
            batch[i]


@pytest.mark.parametrize(
    "cut", [slice(10, 20), slice(None), slice(-3, None), slice(N, None), slice(5, 2), slice(0, 2 * N)]
)
def test_slices(batch, cut):
    part = batch[cut]
    assert isinstance(part, ConsumerBatch)
    assert (part.offsets.tolist(), part.timestamps.tolist()) == ([*range(N)][cut], TIMES[cut])
    assert (list(part.keys), list(part.values)) == (KEYS[cut], VALUES[cut])
    assert [part.headers(i) for i in range(len(part))] == [pairs or [] for pairs in HEADERS[cut]]
    assert pyarrow.record_batch(part).column("value").to_pylist() == VALUES[cut]
    assert [one.value for one in part] == VALUES[cut]


def test_a_slice_with_a_step(batch):
    for step in (2, -1):
        with pytest.raises(ValueError, match=f"step 1, found {step}"):
            batch[::step]
