"""Fetched data, taken as objects and in columns: what kafka-python's own Fetcher gives is the oracle, where it gives
anything. No broker: responses are put where a connection would put them."""

import random
import struct
from collections import deque
from types import SimpleNamespace

import pytest
from crc32c import crc32c
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import TopicPartition
from kafka.consumer import fetcher as kafka_python
from kafka.consumer.subscription_state import SubscriptionState
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.serializer import Deserializer

from fastpaths.kafka.errors import CorruptPartition
from fastpaths.kafka.fetcher import Fetcher

TP, OTHER = TopicPartition("t", 0), TopicPartition("t", 1)
COMMIT, ABORT = b"\0\0\0\1", b"\0\0\0\0"


def batch(base, values, codec=0, *, offsets=None, last=None, producer=-1, marker=None, epoch=0, headers=()):
    """A record batch: values at base, base + 1, …, or at such deltas from it. marker: of a control batch."""
    transactional = producer >= 0
    builder = DefaultRecordBatchBuilder(2, codec, transactional, producer, 0, 0, batch_size=1 << 30)
    deltas = list(range(len(values))) if offsets is None else offsets
    for delta, value in zip(deltas, values, strict=True):
        key = marker if marker is not None else None if value is None else b"k" + value[:3]
        builder.append(delta, 1000 + delta, key, value, list(headers))
    data = bytearray(builder.build())
    struct.pack_into(">q", data, 0, base)
    struct.pack_into(">i", data, 12, epoch)
    if marker is not None:
        data[22] |= 0x20
    if last is not None:
        struct.pack_into(">i", data, 23, last)
    struct.pack_into(">I", data, 17, crc32c(bytes(data[21:])))
    return bytes(data)


def broken(data):
    return data[:-1] + bytes([data[-1] ^ 1])


class Fed:
    """A Fetcher that is fed: `records` and `columns` are what one poll of its consumer would return."""

    def __init__(self, kind, partitions=(TP,), **options):
        self.subscriptions = SubscriptionState("earliest")
        self.subscriptions.assign_from_user(partitions)
        for tp in partitions:
            self.subscriptions.seek(tp, 0)
        cluster = SimpleNamespace(leader_for_partition=lambda tp: 1)
        client = SimpleNamespace(_manager=SimpleNamespace(_net=None, cluster=cluster))
        self.fetcher = kafka_python.Fetcher(client, self.subscriptions, **options)
        self.fetcher.__class__ = kind
        self.metrics = SimpleNamespace(record=lambda tp, *numbers: self.recorded.append((tp, *numbers)))
        self.recorded = []

    def feed(self, data, tp=TP, aborted=(), highwater=1 << 40):
        transactions = [SimpleNamespace(producer_id=producer, first_offset=first) for producer, first in aborted]
        partition = SimpleNamespace(
            error_code=0,
            high_watermark=highwater,
            records=data,
            aborted_transactions=transactions,
            diverging_epoch=None,
            preferred_read_replica=-1,
        )
        self.fetcher._completed_fetches.append(
            kafka_python.CompletedFetch(tp, self.position(tp), 12, partition, self.metrics)
        )

    def position(self, tp=TP):
        return self.subscriptions.position(tp).offset

    def records(self, n=1000, **options):
        return self.fetcher.fetched_records(n, **options)[0]

    def columns(self, n=1000):
        self.fetcher.in_columns = True
        try:
            return {tp: one for tp, (one,) in self.fetcher.fetched_records(n)[0].items()}
        finally:
            self.fetcher.in_columns = False

    def state(self, tp=TP):
        position = self.subscriptions.position(tp)
        return position.offset, position.leader_epoch, self.recorded


def read(fed, takes, tp=TP):
    """Everything, in takes of those sizes, over and over: the records, and the state after each take that gave any."""
    found, states = [], []
    takes = deque(takes)
    while (fed.fetcher._next_partition_records or fed.fetcher._completed_fetches) and len(states) < 1000:
        taken = fed.records(takes[0]).get(tp, [])
        takes.rotate(-1)
        found += taken
        states.append((len(taken), *fed.state(tp)))
    return found, states


@st.composite
def logs(draw):
    """What a partition's log may hold: batches of any codec, transactions of two producers, compacted ones; and the
    aborted transactions that a broker would name."""
    data, base, aborted, running = [], draw(st.integers(0, 5)), [], {}
    for _ in range(draw(st.integers(1, 8))):
        producer = draw(st.sampled_from([-1, 7, 8]))
        if producer in running and draw(st.booleans()):
            marker = draw(st.sampled_from([COMMIT, ABORT]))
            if marker == ABORT:
                aborted.append((producer, running[producer]))
            del running[producer]
            data.append(batch(base, [b"\0" * 6], producer=producer, marker=marker))
            base += 1
            continue
        deltas = sorted(draw(st.sets(st.integers(0, 9), max_size=6)))
        last = max([*deltas, 0]) + draw(st.integers(0, 3))
        values = [draw(st.none() | st.binary(max_size=20)) for _ in deltas]
        headers = draw(st.lists(st.tuples(st.text(max_size=3), st.none() | st.binary(max_size=3)), max_size=2))
        epoch = draw(st.integers(0, 2))
        data.append(
            batch(
                base,
                values,
                draw(st.integers(0, 4)),
                offsets=deltas,
                last=last,
                producer=producer,
                epoch=epoch,
                headers=headers,
            )
        )
        if producer >= 0:
            running.setdefault(producer, base)
        base += last + 1
    for producer, first in running.items():
        aborted.append((producer, first))
        data.append(batch(base, [b"\0" * 6], producer=producer, marker=ABORT))
        base += 1
    return b"".join(data), aborted, base


@pytest.mark.parametrize("isolation", ["read_uncommitted", "read_committed"])
@settings(max_examples=50, deadline=None)
@given(logs(), st.lists(st.integers(1, 9), min_size=1, max_size=3), st.integers(0, 20), st.booleans())
def test_records_positions_and_metrics_are_kafka_pythons(isolation, log, takes, start, cut):
    data, aborted, end = log
    data += batch(end, [b"cut off"])[: 40 * cut]  # part of a batch at the end, as brokers send it
    results = []
    for kind in (kafka_python.Fetcher, Fetcher):
        fed = Fed(kind, isolation_level=isolation)
        fed.subscriptions.seek(TP, start)
        fed.feed(data, aborted=aborted if isolation == "read_committed" else ())
        results.append(read(fed, takes))
    assert results[0] == results[1]


@settings(max_examples=50, deadline=None)
@given(logs(), st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=3), st.integers(0, 20))
def test_columns_and_objects_alternate(log, takes, start):
    data, aborted, end = log
    start = min(start, end)
    expected = Fed(kafka_python.Fetcher, isolation_level="read_committed")
    fed = Fed(Fetcher, isolation_level="read_committed")
    for one in (expected, fed):
        one.subscriptions.seek(TP, start)
        one.feed(data, aborted=aborted)
    records, _ = read(expected, [1000])
    found, takes = [], deque(takes)
    while fed.fetcher._next_partition_records or fed.fetcher._completed_fetches:
        n, in_columns = takes[0]
        takes.rotate(-1)
        if in_columns:
            for taken in fed.columns(n).values():
                assert (taken.topic, taken.partition) == TP
                assert taken.next_offset == fed.position()
                assert {taken.leader_epoch} == {record.leader_epoch for record in taken}
                assert {taken.timestamp_type} == {record.timestamp_type for record in taken}
                assert taken.offsets.tolist() == [record.offset for record in taken]
                assert list(taken.values) == [record.value for record in taken]
                found += taken
        else:
            found += fed.records(n).get(TP, [])
    assert found == records
    assert fed.state() == expected.state()
    assert fed.position() == end


class TestCorrupt:
    DATA = batch(0, [b"a", b"b"]) + broken(batch(2, [b"c", b"d", b"e"])) + batch(5, [b"f"])
    MESSAGE = (
        r"TopicPartition\(topic='t', partition=0\): record batch of base offset 2 at byte \d+: .*CRC.*"
        r"The position stays at it: consumer.seek\(TopicPartition\(topic='t', partition=0\), 5\) skips it"
    )

    @pytest.mark.parametrize("take", ["records", "columns"])
    def test_raises_at_every_poll_behind_the_good_ones_until_a_seek(self, take):
        fed = Fed(Fetcher)
        fed.feed(self.DATA)
        first = getattr(fed, take)()
        assert [record.value for record in first[TP]] == [b"a", b"b"]
        for _ in range(3):
            with pytest.raises(CorruptPartition, match=self.MESSAGE) as raised:
                getattr(fed, take)()
            assert fed.position() == 2
        assert raised.value.topic_partition == TP
        assert isinstance(raised.value, ValueError)
        fed.subscriptions.seek(TP, raised.value.next_offset)
        assert getattr(fed, take)() == {}
        fed.feed(self.DATA[-len(batch(5, [b"f"])) :])
        assert [record.value for record in getattr(fed, take)()[TP]] == [b"f"]

    def test_pausing_it_lets_others_pass(self):
        fed = Fed(Fetcher, [TP, OTHER])
        fed.feed(broken(batch(0, [b"a"])))
        fed.feed(batch(0, [b"b"]), OTHER)
        with pytest.raises(CorruptPartition):
            fed.records()
        fed.subscriptions.pause(TP)
        assert [record.value for record in fed.records()[OTHER]] == [b"b"]
        fed.subscriptions.resume(TP)
        with pytest.raises(CorruptPartition):
            fed.records()

    def test_a_header_that_tells_no_way_out(self):
        data = bytearray(batch(7, [b"a"]))
        struct.pack_into(">i", data, 23, -5)
        struct.pack_into(">I", data, 17, crc32c(bytes(data[21:])))
        fed = Fed(Fetcher)
        fed.subscriptions.seek(TP, 7)
        fed.feed(bytes(data))
        with pytest.raises(CorruptPartition, match=r"seek\(\) past it; its header does not tell how far it goes"):
            fed.records()

    @pytest.mark.parametrize("take", ["records", "columns"])
    def test_what_is_too_much_when_decompressed(self, take):
        fed = Fed(Fetcher)
        fed.fetcher.max_decompressed_bytes = 2000
        fed.feed(b"".join(batch(base, [bytes(size)], codec=1) for base, size in enumerate((900, 900, 900, 3000))))
        assert sum(len(getattr(fed, take)()[TP]) for _ in range(2 if take == "columns" else 1)) == 3
        with pytest.raises(CorruptPartition, match=r"offset 3 .* gzip of at most 2000 bytes, which max_decompressed_"):
            getattr(fed, take)()

    def test_unchecked_crcs(self):
        fed = Fed(Fetcher, check_crcs=False)
        fed.feed(broken(batch(0, [b"a"], headers=[("h", b"xyz")])))
        assert [record.headers for record in fed.records()[TP]] == [[("h", b"xy{")]]


class Refusing(Deserializer):
    def deserialize(self, topic, headers, data):
        if data == b"bad":
            raise RuntimeError("no such thing")
        return topic, data


def test_a_deserializer_that_raises_does_so_at_every_poll_behind_the_good_ones():
    fed = Fed(Fetcher, value_deserializer=Refusing())
    fed.feed(batch(0, [b"a", b"bad", b"c"]))
    assert [record.value for record in fed.records()[TP]] == [("t", b"a")]
    for _ in range(3):
        with pytest.raises(RuntimeError, match="no such thing"):
            fed.records()
        assert fed.position() == 1


def test_a_poll_gives_one_batch_a_partition():
    fed = Fed(Fetcher, [TP, OTHER])
    fed.feed(batch(0, [b"a", b"b"], epoch=1) + batch(2, [b"c"], epoch=2))
    fed.feed(batch(0, [b"x"]), OTHER)
    first, second = fed.columns(), fed.columns()
    assert (list(first[TP].values), first[TP].leader_epoch) == ([b"a", b"b"], 1)
    assert (list(second[TP].values), second[TP].leader_epoch) == ([b"c"], 2)
    assert list(second[OTHER].values) == [b"x"]


def test_a_partition_paused_half_read_is_taken_up_again():
    """kafka-python forgets it while another one, read to its end, is in its place."""
    fed = Fed(Fetcher, [TP, OTHER])
    fed.feed(batch(0, [b"a", b"b", b"c"]))
    assert [record.value for record in fed.records(1)[TP]] == [b"a"]
    fed.subscriptions.pause(TP)
    fed.feed(batch(0, [b"x"]), OTHER)
    assert [record.value for record in fed.records()[OTHER]] == [b"x"]
    fed.subscriptions.resume(TP)
    assert [record.value for record in fed.records()[TP]] == [b"b", b"c"]


def test_a_node_is_not_asked_for_what_has_no_more_while_its_records_are_read():
    fed = Fed(Fetcher, [TP, OTHER])
    fed.feed(batch(0, [b"x"]), OTHER, highwater=1)
    fed.feed(batch(0, [b"a", b"b", b"c"]))
    fed.records(2)
    assert fed.fetcher._fetchable_partitions() == []
    fed.subscriptions.assignment[OTHER].highwater = 2
    assert fed.fetcher._fetchable_partitions() == [OTHER]
    fed.subscriptions.assignment[OTHER].highwater = 1
    fed.records()
    assert sorted(fed.fetcher._fetchable_partitions()) == [TP, OTHER]


def test_sought_away_from():
    draw = random.Random(1)
    values = [draw.randbytes(5) for _ in range(50)]
    fed = Fed(Fetcher)
    fed.feed(batch(0, values[:25]) + batch(25, values[25:]))
    assert len(fed.columns(10)[TP]) == 10
    fed.subscriptions.seek(TP, 3)
    assert fed.columns() == {}
    fed.feed(batch(0, values[:25]) + batch(25, values[25:]))
    assert list(fed.columns()[TP].values) == values[3:]
