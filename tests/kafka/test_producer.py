"""send_batch() on the embedded broker: what it sends and refuses, and that every future completes."""

import os
import signal
import time
from itertools import pairwise

import kafka
import numpy as np
import pytest
from kafka import TopicPartition
from kafka.errors import IllegalStateError, KafkaError, KafkaTimeoutError, MessageSizeTooLargeError
from kafka.partitioner import DefaultPartitioner, StickyPartitioner

from fastpaths import BinaryColumn
from fastpaths.kafka import Broker, KafkaConsumer, KafkaProducer, seams
from fastpaths.kafka.accumulator import Accumulator, BufferFull, EncodedBatch, Room
from fastpaths.kafka.batch_future import BatchFuture, NotDelivered
from fastpaths.kafka.outgoing import Outgoing, RecordTooLarge
from fastpaths.kafka.producer import BatchesUnavailable
from fastpaths.kafka.transport import ProducerClient

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def shared(broker):
    with KafkaProducer(**broker.client_options("producer")) as producer:
        yield producer


@pytest.fixture
def topic(request):
    """A name of its own; the broker creates topics of four partitions."""
    return "".join(c if c.isalnum() else "-" for c in request.node.name)


def read(broker, topic, count, kind=kafka.KafkaConsumer):
    """All records of a topic, by (partition, offset)."""
    found = {}
    with kind(**broker.client_options("consumer")) as consumer:
        consumer.assign([TopicPartition(topic, partition) for partition in range(4)])
        consumer.seek_to_beginning()
        deadline = time.monotonic() + 20
        while len(found) < count and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=500, max_records=100_000).values():
                found.update({(record.partition, record.offset): record for record in records})
    return found


def in_order(found, metadata):
    """The records of a call, in its order."""
    return [found[where] for where in zip(metadata.partitions.tolist(), metadata.offsets.tolist(), strict=True)]


VALUES = tuple(None if i % 10 == 3 else b"%d" % i * (i % 50) for i in range(5000))
KEYS = tuple(None if i % 7 == 0 else b"key-%d" % (i % 100) for i in range(5000))
HEADERS = tuple(None if i % 3 else [("a", b"%d" % i), ("a", None)] for i in range(5000))


class TestWhatIsSent:
    @pytest.mark.parametrize(
        ("make", "size"), [(list, 2000), (tuple, 100_000), (iter, 100_000), (BinaryColumn.from_values, 2000)]
    )
    @pytest.mark.parametrize("kind", [kafka.KafkaConsumer, KafkaConsumer], ids=["kafka-python", "fastpaths"])
    def test_is_read_back(self, broker, topic, kind, make, size):
        with KafkaProducer(batch_size=size, **broker.client_options("producer")) as producer:
            future = producer.send_batch(topic, make(VALUES), make(KEYS), headers=HEADERS)
            metadata = future.get(20)
        found = read(broker, topic, 5000, kind)
        assert len(found) == 5000
        records = in_order(found, metadata)
        assert [record.value for record in records] == list(VALUES)
        assert [record.key for record in records] == list(KEYS)
        assert [record.headers for record in records] == [pairs or [] for pairs in HEADERS]

    def test_goes_where_kafka_python_sends_it_and_keeps_its_order(self, broker, shared, topic):
        metadata = shared.send_batch(topic, [b"%d" % i for i in range(5000)], KEYS).get(20)
        by_key = {}
        for key, partition, offset in zip(KEYS, metadata.partitions, metadata.offsets, strict=True):
            if key is not None:
                by_key.setdefault(key, []).append((partition, offset))
        for key, places in by_key.items():
            assert {partition for partition, _ in places} == {shared.send(topic, b"", key).get(20).partition}
            assert places == sorted(places)

    def test_without_keys_it_goes_to_a_partition_after_the_other(self, shared, topic):
        numbers = [shared.send_batch(topic, [b"a", b"b"]).get(20).partitions.tolist() for _ in range(20)]
        assert all(first == second for first, second in numbers)
        assert all(this != following for this, following in pairwise(numbers))
        assert {number for number, _ in numbers} == {0, 1, 2, 3}

    def test_keeps_its_order_in_a_partition_with_and_without_keys(self, shared, topic):
        metadata = shared.send_batch(topic, [b""] * len(KEYS), KEYS).get(20)
        for partition in range(4):
            offsets = metadata.offsets[metadata.partitions == partition]
            assert offsets.tolist() == [*range(len(offsets))]

    def test_to_a_partition(self, shared, topic):
        metadata = shared.send_batch(topic, [b"a", b"b"], [b"k", None], partition=2).get(20)
        assert metadata.partitions.tolist() == [2, 2]
        assert metadata.offsets.tolist() == [0, 1]
        assert (metadata.partitions.dtype, metadata.offsets.dtype) == (np.int32, np.int64)
        assert (metadata.topic, len(metadata)) == (topic, 2)

    def test_nothing(self, shared, topic):
        assert len(shared.send_batch(topic, []).get(20)) == 0
        assert len(shared.send_batch(topic, [], [], headers=[], timestamps=[]).get(20).offsets) == 0

    def test_by_a_partitioner_of_the_users_own(self, broker, topic):
        class ByLength(DefaultPartitioner):
            def partition(self, topic, key, serialized_key, value, serialized_value, cluster):
                assert (key, value) == (serialized_key, serialized_value)
                return len(value) % 4

        with KafkaProducer(partitioner=ByLength(), **broker.client_options("producer")) as producer:
            metadata = producer.send_batch(topic, [b"x" * i for i in range(100)]).get(20)
            assert metadata.partitions.tolist() == [i % 4 for i in range(100)]
            producer.config["partitioner"].partition = lambda *_: None
            with pytest.raises(ValueError, match="did not assign a partition"):
                producer.send_batch(topic, [b"a"])

    def test_by_the_sticky_partitioner(self, broker, topic):
        with KafkaProducer(partitioner=StickyPartitioner(), **broker.client_options("producer")) as producer:
            metadata = producer.send_batch(topic, [b"x"] * 5000, KEYS).get(20)
            expected = producer.send_batch(topic, [b"x"] * 5000, KEYS).get(20)
        keyed = [i for i, key in enumerate(KEYS) if key is not None]
        assert metadata.partitions[keyed].tolist() == expected.partitions[keyed].tolist()

    def test_keeps_its_order_with_send(self, broker, shared, topic):
        for i in range(0, 300, 3):
            shared.send(topic, b"%d" % i, partition=1)
            shared.send_batch(topic, [b"%d" % (i + 1), b"%d" % (i + 2)], partition=1)
        shared.flush(20)
        found = read(broker, topic, 300)
        assert [found[1, offset].value for offset in range(300)] == [b"%d" % i for i in range(300)]

    def test_with_acks_0_no_offset_is_known(self, broker, topic):
        with KafkaProducer(acks=0, **broker.client_options("producer")) as producer:
            metadata = producer.send_batch(topic, [b"a", b"b"], partition=3).get(20)
            assert (metadata.partitions.tolist(), metadata.offsets.tolist()) == ([3, 3], [-1, -1])
        assert len(read(broker, topic, 2)) == 2


class TestFutures:
    def test_callbacks(self, shared, topic):
        told = []
        future = shared.send_batch(topic, [b"a"] * 10).add_callback(told.append).add_errback(told.append)
        assert future.get(20) is future.value
        assert future.succeeded()
        assert told == [future.value]

    def test_flush_waits_for_them(self, shared, topic):
        futures = [shared.send_batch(topic, [b"a"] * 1000, [b"%d" % i for i in range(1000)]) for _ in range(10)]
        shared.flush(20)
        assert all(future.is_done for future in futures)

    def test_what_was_not_delivered_is_named(self):
        future = BatchFuture("t", 10)
        batches = [
            EncodedBatch(TopicPartition("t", partition), b"x", future, rows)
            for partition, rows in enumerate([np.array([0, 4, 5]), range(1, 4), np.array([6, 7])])
        ]
        future.end(BufferFull("no room"))
        batches[0].complete(100, -1)
        batches[1].complete_exceptionally(KafkaError("bad"), lambda i: ValueError("bad") if i == 2 else KafkaError())
        assert not future.is_done
        with pytest.raises(KafkaTimeoutError):
            future.get(0)
        batches[2].complete(7, -1)
        with pytest.raises(NotDelivered, match=r"5 of 10 records were not.*'t', records\[1\] the first .*no room") as e:
            future.get(0)
        assert e.value.rows.tolist() == [1, 2, 3, 8, 9]
        assert e.value.metadata.offsets.tolist() == [100, -1, -1, -1, 101, 102, 7, 8, -1, -1]
        assert e.value.metadata.partitions.tolist() == [0, -1, -1, -1, 0, 0, 2, 2, -1, -1]
        assert isinstance(e.value.__cause__, BufferFull)

    def test_a_records_own_error_is_told(self):
        future = BatchFuture("t", 3)
        batch = EncodedBatch(TopicPartition("t", 0), b"x", future, range(3))
        future.end()
        batch.complete_exceptionally(KafkaError("bad"), lambda i: ValueError("bad") if i == 2 else KafkaError("other"))
        with pytest.raises(NotDelivered, match="3 of 3 records") as raised:
            future.get(0)
        assert isinstance(raised.value.__cause__, ValueError)


class TestRefusals:
    """With nothing sent."""

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({"values": ["a"]}, TypeError, r"values\[0\] must be bytes or None, found str"),
            ({"values": [b"a", 1], "keys": [b"b", b"a"]}, TypeError, r"values\[1\] must be bytes or None, found int"),
            ({"values": [b"a"], "keys": [b"a", b"b"]}, ValueError, "as many keys as values, 1, found 2"),
            ({"values": [b"a"], "headers": []}, ValueError, "as many headers as values, 1, found 0"),
            ({"values": [b"a"], "timestamps": [1, 2]}, ValueError, "as many timestamps as values, 1, found 2"),
            ({"values": [b"a"], "timestamps": ["x"]}, TypeError, "timestamps as one dimension of integers"),
            ({"values": [b"a"], "partition": 4}, ValueError, "Unrecognized partition 4"),
            ({"values": [b"a"], "partition": -1}, ValueError, "partition must be >= 0"),
            ({"values": [b"a"], "topic": "no/topic"}, ValueError, "topic"),
            ({"values": [b"a"], "topic": 5}, TypeError, "topic"),
        ],
    )
    def test_of_arguments(self, shared, topic, arguments, error, message):
        with pytest.raises(error, match=message):
            shared.send_batch(**{"topic": topic, **arguments})
        assert not shared._accumulator.has_incomplete

    @pytest.mark.parametrize("compression", [None, "gzip"])
    def test_a_record_that_no_request_can_carry(self, broker, topic, compression):
        options = {"max_request_size": 10_000, "compression_type": compression, **broker.client_options("producer")}
        with KafkaProducer(**options) as producer:
            fits = 10_000 - 61 - 11  # what the header takes, and what the record has beside its value
            assert producer.send_batch(topic, [bytes(fits)] * 3, partition=0).get(20).offsets.tolist() == [0, 1, 2]
            values = [b"small"] * 5 + [bytes(fits + 1)]
            with pytest.raises(RecordTooLarge, match=r"^record 5 of 6: .* at most 10000 .* found 10001 .*9929\)") as e:
                producer.send_batch(topic, values, [b"k"] * 5 + [b""])
            assert isinstance(e.value, MessageSizeTooLargeError)
            assert not producer._accumulator.has_incomplete

    def test_of_a_closed_producer(self, broker):
        producer = KafkaProducer(**broker.client_options("producer"))
        producer.close()
        with pytest.raises(IllegalStateError, match="already closed"):
            producer.send_batch("t", [b"a"])

    @pytest.mark.parametrize("name", ["key_serializer", "value_serializer"])
    def test_of_a_producer_with_a_serializer(self, broker, name):
        class Upper(kafka.Serializer):
            def serialize(self, topic, headers, data):
                return data.upper()

        with (
            KafkaProducer(**{name: Upper()}, **broker.client_options("producer")) as producer,
            pytest.raises(BatchesUnavailable, match=f"takes bytes, which the {name} is not for"),
        ):
            producer.send_batch("t", [b"a"])

    def test_in_a_fork(self, shared, topic):
        shared.send_batch(topic, [b"a"]).get(20)
        if (child := os.fork()) == 0:
            try:
                shared.send_batch(topic, [b"b"])
            except BatchesUnavailable as error:
                os._exit(7 if "make another one there" in str(error) else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        shared.send_batch(topic, [b"c"]).get(20)


class TestWithoutBroker:
    """One that dies: what waits for it, and for how long."""

    @pytest.fixture
    def orphan(self):
        with Broker("embedded") as broker:
            options = {"request_timeout_ms": 400, "delivery_timeout_ms": 500, "reconnect_backoff_ms": 10}
            options["enable_idempotence"] = False  # or kafka-python lets nothing expire while it asks for an id
            with KafkaProducer(buffer_memory=3000, **options, **broker.client_options("producer")) as producer:
                producer.send_batch("t", [b"a"] * 4, partition=0).get(20)
                broker.kill()
                producer.config["max_block_ms"] = 100
                yield producer

    def test_a_full_buffer(self, orphan):
        first = orphan.send_batch("t", [bytes(2000)])
        with pytest.raises(BufferFull, match=r"a record batch of 2\d\d\d bytes within 100 ms .*2\d\d\d of 3000 bytes"):
            orphan.send_batch("t", [bytes(2000)])
        with pytest.raises(NotDelivered, match=r"1 of 1 records .*records\[0\] the first.*KafkaTimeoutError"):
            first.get(20)
        again = orphan.send_batch("t", [bytes(2000)])  # there is room again
        with pytest.raises(NotDelivered):
            again.get(20)

    def test_a_buffer_that_is_full_in_the_middle_of_a_call(self, orphan):
        orphan._max_bytes = 1000
        future = orphan.send_batch("t", [b"%0500d" % i for i in range(100)])
        with pytest.raises(NotDelivered, match="100 of 100 records") as raised:
            future.get(20)
        assert isinstance(raised.value.__cause__, BufferFull)

    def test_the_sender_waits_for_answers_asleep(self):
        """kafka-python's goes round and round while a node has all the requests that may be in flight."""
        with (
            Broker("embedded") as broker,
            KafkaProducer(enable_idempotence=False, **broker.client_options("producer")) as producer,
        ):
            producer.send_batch("t", [b"a"]).get(20)
            os.kill(broker._server.pid, signal.SIGSTOP)
            futures = [producer.send_batch("t", [b"a"], partition=i % 4) for i in range(100)]
            time.sleep(0.2)
            rounds, run_once = [], producer._sender.run_once
            producer._sender.run_once = lambda: (rounds.append(1), run_once())
            time.sleep(0.3)
            os.kill(broker._server.pid, signal.SIGCONT)
            assert len(rounds) < 10
            assert all(future.get(20) for future in futures)

    def test_flush_gives_up(self, orphan):
        future = orphan.send_batch("t", [b"a"])
        with pytest.raises(KafkaTimeoutError):
            orphan.flush(0.05)
        with pytest.raises(NotDelivered):
            future.get(20)


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
def test_a_batch_that_the_broker_finds_too_large_is_halved(codec):
    """No broker: the sender's calls are made here."""
    tp = TopicPartition("t", 0)
    accumulator = Accumulator()
    accumulator.compression, accumulator.room = codec, Room(1 << 20)
    future = BatchFuture("t", 5)
    keys, headers = [b"k", None, b"", b"k", b"l"], [[("h", b"%d" % i)] for i in range(5)]
    outgoing = Outgoing.of([b"%d" % i * 100 for i in range(5)], keys, headers, np.arange(5))
    accumulator.append_encoded(tp, outgoing.encode(codec), future, np.arange(5), max_block_ms=0)
    future.end()
    batch = accumulator._batches[tp].popleft()
    assert accumulator.split_and_reenqueue(batch) == 2
    accumulator.deallocate(batch)
    halves = list(accumulator._batches[tp])
    assert [half.rows.tolist() for half in halves] == [[0, 1, 2], [3, 4]]
    assert [bytes(half.records.buffer()[12:]) for half in halves] == [
        piece.encode(codec)[12:] for piece in (outgoing[:3], outgoing[3:])
    ]
    halves[1].complete(50, -1)
    assert not batch.produce_future.is_done
    halves[0].complete(90, -1)
    assert batch.produce_future.is_done
    assert future.get(0).offsets.tolist() == [90, 91, 92, 50, 51]
    assert accumulator.room._taken == 0


class TestSeams:
    def test_the_installed_kafka_python_fits(self, shared):
        assert seams.mismatch(seams.PRODUCER) is None
        assert seams.missing(shared, seams.PRODUCER_HAS) is None
        assert seams.missing(shared._accumulator, seams.ACCUMULATOR_HAS) is None
        assert type(shared._accumulator) is Accumulator
        assert type(shared._sender._client) is ProducerClient

    def test_where_nothing_fits_it_sends_record_by_record(self, broker, topic, monkeypatch):
        monkeypatch.setattr(seams, "mismatch", lambda seam: "expected this, found that")
        with pytest.warns(UserWarning, match=r"expected this, found that.*record by record") as warned:
            producer = KafkaProducer(**broker.client_options("producer"))
        assert [warning.filename for warning in warned if warning.category is UserWarning] == [__file__]
        values, keys = [b"%d" % i for i in range(100)], [b"%d" % (i % 9) for i in range(100)]
        with producer:
            metadata = producer.send_batch(topic, values, keys, headers=[[("a", b"b")]] * 100, timestamps=7).get(20)
        records = in_order(read(broker, topic, 100), metadata)
        assert [(record.value, record.key, record.headers) for record in records] == [
            (value, key, [("a", b"b")]) for value, key in zip(values, keys, strict=True)
        ]

    def test_what_an_accumulator_has_not(self):
        assert seams.missing(object(), "__class__ _batches") == "expected object._batches, found nothing of that name"
