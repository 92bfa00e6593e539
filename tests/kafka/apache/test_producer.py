"""send_batch() to a real Apache Kafka: read back by other clients, acknowledged as asked, through faults."""

import asyncio
import json
import socket
import threading
import time
from contextlib import contextmanager, suppress

import confluent_kafka
import kafka
import pytest
from aiokafka import AIOKafkaConsumer
from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import InvalidRecordError, KafkaError

from fastpaths.kafka import Broker, KafkaConsumer, KafkaProducer
from fastpaths.kafka.batch_future import NotDelivered
from fastpaths.kafka.broker import LISTENERS

pytestmark = pytest.mark.apache

COUNT = 3000
VALUES = tuple(None if i % 10 == 3 else b"%d" % i * (i % 50) for i in range(COUNT))
KEYS = tuple(None if i % 7 == 0 else b"key-%d" % (i % 100) for i in range(COUNT))
HEADERS = tuple(None if i % 3 else [("a", b"%d" % i), ("b", b"")] for i in range(COUNT))
TIMESTAMPS = tuple(1_700_000_000_000 + i * 7 % 1000 for i in range(COUNT))


def by_kafka_python(broker, topic, partitions, kind=kafka.KafkaConsumer, **options):
    with kind(auto_offset_reset="earliest", **options, **broker.client_options("consumer")) as consumer:
        consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
        ends = consumer.end_offsets(list(consumer.assignment()))
        found = {}
        while any(consumer.position(tp) < end for tp, end in ends.items()):
            for records in consumer.poll(timeout_ms=1000, max_records=100_000).values():
                for one in records:
                    found[one.partition, one.offset] = (one.key, one.value, one.headers, one.timestamp)
        return found


def by_ours(*arguments):
    return by_kafka_python(*arguments, kind=KafkaConsumer)


def by_confluent(broker, topic, partitions, count=COUNT):
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": broker.bootstrap_servers, "group.id": topic, "check.crcs": True}
    )
    consumer.assign([confluent_kafka.TopicPartition(topic, number, 0) for number in range(partitions)])
    found = {}
    while len(found) < count:
        for one in consumer.consume(1000, 1.0):
            assert one.error() is None
            place = one.partition(), one.offset()
            found[place] = (one.key(), one.value(), one.headers() or [], one.timestamp()[1])
    consumer.close()
    return found


def by_aiokafka(broker, topic, partitions, count=COUNT):
    async def read():
        async with AIOKafkaConsumer(bootstrap_servers=broker.bootstrap_servers, check_crcs=True) as consumer:
            consumer.assign([TopicPartition(topic, number) for number in range(partitions)])
            await consumer.seek_to_beginning()
            found = {}
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=1000)).values():
                    for one in records:
                        found[one.partition, one.offset] = (one.key, one.value, list(one.headers), one.timestamp)
            return found

    return asyncio.run(read())


def places(metadata):
    return list(zip(metadata.partitions.tolist(), metadata.offsets.tolist(), strict=True))


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
def test_every_client_reads_every_codec(apache, make_topic, codec):
    topic = make_topic(3)
    options = {"compression_type": codec, "batch_size": 20_000, **apache.client_options("producer")}
    with KafkaProducer(**options) as producer:
        metadata = producer.send_batch(topic, VALUES, KEYS, headers=HEADERS, timestamps=TIMESTAMPS).get(30)
    sent = zip(KEYS, VALUES, [pairs or [] for pairs in HEADERS], TIMESTAMPS, strict=True)
    expected = dict(zip(places(metadata), sent, strict=True))
    assert len(expected) == COUNT
    for read in (by_kafka_python, by_ours, by_confluent, by_aiokafka):
        assert read(apache, topic, 3) == expected, read.__name__


@pytest.mark.javac
@pytest.mark.parametrize("time_type", ["CreateTime", "LogAppendTime"])
def test_java_reads_every_codec(apache, make_topic, run_java, time_type):
    codecs = [None, "gzip", "snappy", "lz4", "zstd"]  # each has its partition
    topic = make_topic(len(codecs), message_timestamp_type=time_type)
    headers = [pairs and [*pairs, ("größe", None), ("a", b"again")] for pairs in HEADERS]
    times = [time - 10 * (i % 5) for i, time in enumerate(TIMESTAMPS)]
    for partition, codec in enumerate(codecs):
        options = {"compression_type": codec, "batch_size": 20_000, **apache.client_options("producer")}
        with KafkaProducer(**options) as producer:
            producer.send_batch(topic, VALUES, KEYS, partition=partition, timestamps=times, headers=headers).get(30)
    found = sorted(map(json.loads, run_java("Read", topic, str(len(codecs))).splitlines()), key=lambda one: one[:2])
    if time_type == "LogAppendTime":
        assert min(one.pop(2) for one in found) > 1_750_000_000_000
    assert found == [
        [
            partition,
            i,
            *([times[i]] if time_type == "CreateTime" else []),
            time_type,
            in_hex(KEYS[i]),
            in_hex(VALUES[i]),
            [[in_hex(name.encode()), in_hex(value)] for name, value in headers[i] or []],
        ]
        for partition in range(len(codecs))
        for i in range(COUNT)
    ]


def in_hex(data):
    return None if data is None else data.hex()


@pytest.mark.parametrize(("acks", "idempotent"), [(0, False), (1, False), ("all", False), ("all", True)])
def test_acks(apache, make_topic, acks, idempotent):
    topic = make_topic(2)
    options = {
        "acks": acks,
        "enable_idempotence": idempotent,
        "batch_size": 10_000,
        **apache.client_options("producer"),
    }
    with KafkaProducer(**options) as producer:
        futures = [producer.send_batch(topic, [b"%d" % i] * 500, partition=i % 2) for i in range(20)]
        producer.flush(30)
        offsets = [future.get(0).offsets.tolist() for future in futures]
    start = [500 * (i // 2) for i in range(20)]
    assert offsets == [[-1] * 500 if acks == 0 else [*range(first, first + 500)] for first in start]
    found = by_ours(apache, topic, 2)
    assert [found[i % 2, start[i]][1] for i in range(20)] == [b"%d" % i for i in range(20)]


@pytest.mark.parametrize("listener", LISTENERS)
def test_every_listener(apache, make_topic, listener):
    topic = make_topic()
    with KafkaProducer(**apache.client_options("producer", listener)) as producer:
        producer.send_batch(topic, [b"%d" % i for i in range(100)]).get(30)
    assert [one[1] for one in by_ours(apache, topic, 1).values()] == [b"%d" % i for i in range(100)]


def test_transactions(apache, make_topic):
    topic = make_topic(2)
    with KafkaProducer(transactional_id=topic, batch_size=5000, **apache.client_options("producer")) as producer:
        producer.init_transactions()
        for number in range(6):
            producer.begin_transaction()
            for partition in range(2):
                producer.send_batch(topic, [b"%d" % number] * 1000, partition=partition)
                producer.send(topic, b"%d" % number, partition=partition)
            if number % 2:
                producer.flush(30)  # what is aborted lies in the log
                producer.abort_transaction()
            else:
                producer.commit_transaction()
        producer.begin_transaction()
        undelivered = producer.send_batch(topic, [b"x"] * 1000, KEYS[:1000])
        producer.abort_transaction()
        assert undelivered.is_done
    for kind in (kafka.KafkaConsumer, KafkaConsumer):
        found = by_kafka_python(apache, topic, 2, kind, isolation_level="read_committed")
        values = [one[1] for one in found.values()]
        assert {value: values.count(value) for value in set(values)} == {b"0": 2002, b"2": 2002, b"4": 2002}


def test_a_topic_that_takes_smaller_batches(apache, make_topic):
    """They are halved until they fit; and those behind them come behind them."""
    topic = make_topic(2, max_message_bytes="20000")
    with KafkaProducer(**apache.client_options("producer")) as producer:
        futures = [
            producer.send_batch(topic, [b"%0100d" % (1000 * part + i) for i in range(1000)], partition=part % 2)
            for part in range(6)
        ]
        producer.flush(30)
        offsets = [future.get(0).offsets.tolist() for future in futures]
    assert offsets == [[*range(part // 2 * 1000, part // 2 * 1000 + 1000)] for part in range(6)]
    found = by_ours(apache, topic, 2)
    for part in range(6):
        values = [found[part % 2, offset][1] for offset in offsets[part]]
        assert values == [b"%0100d" % (1000 * part + i) for i in range(1000)]


def test_records_that_the_broker_refuses(apache, make_topic):
    topic = make_topic(cleanup_policy="compact")
    with KafkaProducer(enable_idempotence=False, **apache.client_options("producer")) as producer:
        with pytest.raises(NotDelivered, match=r"3 of 3 records .* without key") as raised:
            producer.send_batch(topic, [b"a", b"b", b"c"], [b"k", None, b"k"]).get(30)
        assert isinstance(raised.value.__cause__, InvalidRecordError)
        assert producer.send_batch(topic, [b"a"], [b"k"]).get(30).offsets.tolist() == [0]


@contextmanager
def producing(producer, partitions):
    """Meanwhile a thread sends ascending numbers, a hundred at a time, to a partition after the other. The futures."""
    futures, stop = [], threading.Event()

    def produce():
        while not stop.is_set():
            numbers = range(100 * len(futures), 100 * len(futures) + 100)
            futures.append(producer.send_batch("t", [b"%d" % i for i in numbers], partition=len(futures) % partitions))

    thread = threading.Thread(target=produce)
    thread.start()
    time.sleep(0.5)
    yield futures
    time.sleep(0.5)
    stop.set()
    thread.join()
    producer.flush(60)
    assert all(future.succeeded() for future in futures)


FAULTY = {"buffer_memory": 200_000, "batch_size": 4000, "reconnect_backoff_max_ms": 200, "max_block_ms": 120_000}


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_broker_that_crashes_in_the_middle(idempotent):
    """Idempotent: each record is there once and in order. Else some may be twice, but none is lost."""
    with Broker("apache") as broker:
        options = {**FAULTY, "enable_idempotence": idempotent, "acks": "all", **broker.client_options("producer")}
        with KafkaProducer(**options) as producer:
            producer.send_batch("t", []).get(30)
            with producing(producer, 1) as futures:
                broker.kill()
                time.sleep(0.3)
                broker.restart()
        values = [int(one[1]) for one in by_ours(broker, "t", 1).values()]
    assert len(futures) > 100
    if not idempotent:
        values = sorted(set(values))
    assert values == [*range(100 * len(futures))]


def test_leaders_that_move():
    with Broker("apache", nodes=2) as broker:
        with KafkaAdminClient(**broker.client_options("admin")) as admin:
            admin.create_topics({"t": {"num_partitions": 4, "replication_factor": 2}}, wait_for_metadata=True)
        options = {**FAULTY, **broker.client_options("producer")}
        with KafkaProducer(**options) as producer, producing(producer, 4) as futures:
            broker.kill(2)
            time.sleep(2)
            broker.restart(2)
        found = by_ours(broker, "t", 4)
    assert len(futures) > 100
    for partition in range(4):
        values = [int(one[1]) for (number, _), one in found.items() if number == partition]
        assert values == [i for i in range(100 * len(futures)) if i // 100 % 4 == partition]


def test_connections_that_break(apache, make_topic):
    topic = make_topic()
    with KafkaProducer(batch_size=2000, reconnect_backoff_ms=1, **apache.client_options("producer")) as producer:
        futures = []
        for part in range(300):
            futures.append(producer.send_batch(topic, [b"%d" % (100 * part + i) for i in range(100)], partition=0))
            if part % 30 == 29:
                for connection in list(producer._sender._client._manager._conns.values()):
                    with suppress(AttributeError, OSError):  # it may be closing already
                        connection.transport._sock.shutdown(socket.SHUT_RDWR)
        producer.flush(60)
        assert all(future.succeeded() for future in futures)
    found = by_kafka_python(apache, topic, 1)
    assert [int(one[1]) for one in found.values()] == [*range(30_000)]


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_topic_that_is_deleted(apache, make_topic, idempotent):
    """No future stays open: what came too late fails, or is in the topic that the broker makes anew."""
    topic = make_topic()
    options = {"request_timeout_ms": 2000, "delivery_timeout_ms": 5000, "batch_size": 2000}
    options.update(apache.client_options("producer"), enable_idempotence=idempotent)
    with KafkaProducer(**options) as producer:
        futures = [producer.send_batch(topic, [b"x"] * 100) for _ in range(10)]
        producer.flush(30)
        assert all(future.succeeded() for future in futures)
        deleting = threading.Thread(target=delete, args=(apache, topic))
        deleting.start()
        while deleting.is_alive() or len(futures) < 500:
            futures += [producer.send_batch(topic, [b"x"] * 100), producer.send(topic, b"x")]
        deleting.join()
        producer.flush(30)
    assert all(future.is_done for future in futures)
    delivered = {future for future in futures if future.succeeded()}
    assert all(isinstance(future.exception, KafkaError) for future in futures if future not in delivered)


def delete(broker, topic):
    with KafkaAdminClient(**broker.client_options("admin")) as admin:
        admin.delete_topics([topic])


def test_close_in_the_middle(apache, make_topic):
    topic = make_topic(2)
    producer = KafkaProducer(batch_size=2000, **apache.client_options("producer"))
    futures = [producer.send_batch(topic, [b"x"] * 1000, partition=i % 2) for i in range(50)]
    producer.close()
    assert all(future.succeeded() for future in futures)
    assert len(by_ours(apache, topic, 2)) == 50_000
