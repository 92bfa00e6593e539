"""KafkaConsumer on a real broker: record for record what kafka-python's gives, of every writer, in every codec."""

import random
import socket
import subprocess
import sys
import time
from contextlib import suppress

import kafka
import pytest
from confluent_kafka import Producer
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from fastpaths.kafka import Broker, KafkaConsumer
from fastpaths.kafka.broker import LISTENERS
from fastpaths.kafka.errors import CorruptPartition
from fastpaths.kafka.transport import FrameTransport

pytestmark = pytest.mark.apache

METHODS = pytest.mark.parametrize("method", ["poll", "poll_batches"])
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]  # each has its partition


def payloads(seed, count=300):
    """Keys, values, timestamps and headers of `count` records."""
    draw = random.Random(seed)
    for i in range(count):
        key = None if i % 7 == 0 and i % 11 else draw.randbytes(draw.randrange(20))
        value = None if i % 11 == 0 else draw.randbytes(draw.randrange(2000))
        headers = [("nom é" * (j % 2), draw.randbytes(j)) for j in range(i % 4)]
        yield key, value, 1_700_000_000_000 - 50 * i, headers


def write_with_kafka_python(broker, topic):
    for partition, codec in enumerate(CODECS):
        options = {"compression_type": None if codec == "none" else codec, "linger_ms": 5}
        with KafkaProducer(**broker.client_options("producer"), **options) as producer:
            for key, value, time_ms, headers in payloads(partition):
                producer.send(topic, value, key, headers, partition, time_ms)


def write_with_confluent(broker, topic):
    for partition, codec in enumerate(CODECS):
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "compression.type": codec, "linger.ms": 5})
        for key, value, time_ms, headers in payloads(partition):
            producer.produce(topic, value, key, partition, timestamp=time_ms, headers=[*headers, ("none", None)])
        assert producer.flush(30) == 0


def send(broker, topic, values, **options):
    with KafkaProducer(**broker.client_options("producer"), **options) as producer:
        for value in values:
            producer.send(topic, value, partition=0)


def consumer(broker, topic, partitions=1, kind=KafkaConsumer, listener=None, **options):
    options = {"auto_offset_reset": "earliest", "fetch_max_wait_ms": 20, **options}
    made = kind(**broker.client_options("consumer", listener), **options)
    made.assign([TopicPartition(topic, partition) for partition in range(partitions)])
    return made


def read(consumer, poll=None):
    """All there is, by partition; and the positions behind it."""
    poll = consumer.poll if poll is None else poll
    ends = consumer.end_offsets(list(consumer.assignment()))
    found = {tp: [] for tp in ends}
    while any(consumer.position(tp) < end for tp, end in ends.items()):
        for tp, records in poll(timeout_ms=1000).items():
            found[tp] += records
    return found, {tp: consumer.position(tp) for tp in ends}


def iterate(consumer):
    consumer.config["consumer_timeout_ms"] = 500
    found = {tp: [] for tp in consumer.assignment()}
    for record in consumer:
        found[TopicPartition(record.topic, record.partition)].append(record)
    return found, {tp: consumer.position(tp) for tp in found}


@pytest.mark.parametrize("writer", ["kafka-python", "librdkafka", pytest.param("Java", marks=pytest.mark.javac)])
@pytest.mark.parametrize("time_type", ["CreateTime", "LogAppendTime"])
def test_records_are_kafka_pythons(apache, make_topic, run_java, writer, time_type):
    topic = make_topic(len(CODECS), message_timestamp_type=time_type)
    if writer == "Java":
        run_java("Write", topic)
    else:
        {"kafka-python": write_with_kafka_python, "librdkafka": write_with_confluent}[writer](apache, topic)
    with consumer(apache, topic, len(CODECS), kafka.KafkaConsumer) as stock:
        expected = read(stock)
    assert all(len(records) == 300 for records in expected[0].values())
    with consumer(apache, topic, len(CODECS)) as ours:
        assert read(ours) == expected
    with consumer(apache, topic, len(CODECS)) as ours:
        assert read(ours, ours.poll_batches) == expected
    with consumer(apache, topic, len(CODECS), max_poll_records=70) as ours:
        assert iterate(ours) == expected


@pytest.mark.parametrize("isolation", ["read_uncommitted", "read_committed"])
def test_transactions(apache, make_topic, isolation):
    topic = make_topic()
    numbers = iter(range(10_000))
    servers = {"bootstrap.servers": apache.bootstrap_servers}
    first, second = (Producer({**servers, "transactional.id": f"{topic}-{i}"}) for i in range(2))
    plain = Producer(servers)

    def write(producer, count=20):
        for _ in range(count):
            producer.produce(topic, str(next(numbers)), partition=0)
        producer.flush()  # its own batch, which is in the log even if it is aborted

    for producer in (first, second):
        producer.init_transactions(30)
    for commit_first, commit_second in [(True, False), (False, True), (False, False), (True, True)]:
        first.begin_transaction()
        second.begin_transaction()
        write(first)
        write(second)
        write(plain, 3)
        write(first)
        (first.commit_transaction if commit_first else first.abort_transaction)(30)
        write(second)
        (second.commit_transaction if commit_second else second.abort_transaction)(30)
    options = {"isolation_level": isolation, "max_poll_records": 17}
    with consumer(apache, topic, 1, kafka.KafkaConsumer, **options) as stock:
        expected = read(stock)
    (records,) = expected[0].values()
    assert len(records) == {"read_uncommitted": 4 * 83, "read_committed": 4 * 3 + 4 * 40}[isolation]
    with consumer(apache, topic, **options) as ours:
        assert read(ours) == expected
    with consumer(apache, topic, **options) as ours:
        assert read(ours, lambda timeout_ms: ours.poll_batches(timeout_ms, 13)) == expected
    with consumer(apache, topic, **options) as ours:
        assert read(ours, ours.poll_batches) == expected


def test_seek_pause_and_resume_with_half_a_batch_drained(apache, make_topic):
    topic = make_topic()
    tp = TopicPartition(topic, 0)
    send(apache, topic, [str(i).encode() for i in range(500)], linger_ms=20)
    with consumer(apache, topic) as ours:

        def some(n, poll=ours.poll):
            while not (found := poll(timeout_ms=1000, max_records=n)):
                pass
            return [record.offset for record in found[tp]]

        assert some(10) == [*range(10)]
        assert some(10, ours.poll_batches) == [*range(10, 20)]
        ours.pause(tp)
        assert ours.poll_batches(50) == ours.poll(50) == {}
        ours.resume(tp)
        assert some(5) == [*range(20, 25)]
        ours.seek(tp, 3)
        assert some(5, ours.poll_batches) == [*range(3, 8)]
        ours.pause(tp)
        ours.seek(tp, 490)
        assert ours.poll(50) == {}
        ours.resume(tp)
        assert some(100) == [*range(490, 500)]
        ours.seek_to_beginning(tp)
        assert some(7, ours.poll_batches) == [*range(7)]
        assert ours.position(tp) == 7


def test_commits_go_on_where_batches_ended(apache, make_topic):
    topic = make_topic(3)
    for partition in range(3):
        with KafkaProducer(**apache.client_options("producer")) as producer:
            for i in range(100):
                producer.send(topic, b"%d" % i, partition=partition)
    options = {"group_id": topic, "enable_auto_commit": False, "max_poll_records": 30}
    seen = []
    while len(seen) < 300:
        with KafkaConsumer(topic, auto_offset_reset="earliest", **options, **apache.client_options("consumer")) as ours:
            while not (batches := ours.poll_batches(1000, max_records=70)):
                pass
            for tp, batch in batches.items():
                assert (batch.topic, batch.partition) == tp
                seen += [(tp.partition, offset) for offset in batch.offsets.tolist()]
            ours.commit({tp: kafka.OffsetAndMetadata(batch.next_offset, "", -1) for tp, batch in batches.items()})
    assert sorted(seen) == [(partition, offset) for partition in range(3) for offset in range(100)]


MEMBER = """
import sys
from fastpaths.kafka import KafkaConsumer
servers, topic, method = sys.argv[1:]
consumer = KafkaConsumer(topic, bootstrap_servers=servers, group_id=topic, auto_offset_reset="earliest",
    enable_auto_commit=False, max_poll_records=50, heartbeat_interval_ms=300, metadata_max_age_ms=1000)
poll = consumer.poll if method == "poll" else lambda timeout_ms: consumer.poll_batches(timeout_ms, 50)
idle = 0
while idle < 12:
    found = poll(timeout_ms=250)
    idle = 0 if found else idle + 1
    for tp, records in found.items():
        for record in records:
            print(tp.partition, record.offset)
    sys.stdout.flush()
    if found:
        consumer.commit()
consumer.close()
"""


@METHODS
def test_two_members_of_a_group_share_it(apache, make_topic, within, tmp_path, method):
    """The second joins while the first reads: each record reaches one of them, and only one."""
    topic = make_topic(4)
    outputs = [tmp_path / "first", tmp_path / "second"]
    members = []
    with KafkaProducer(**apache.client_options("producer"), linger_ms=5) as producer:
        for i in range(4000):
            producer.send(topic, b"%d" % i, partition=i % 4)
        producer.flush()
        for output in outputs:
            command = [sys.executable, "-P", "-c", MEMBER, apache.bootstrap_servers, topic, method]
            with output.open("w") as file:
                members.append(subprocess.Popen(command, stdout=file))
            assert within(30, lambda output=output: output.stat().st_size or output != outputs[0])
        for i in range(4000, 20_000):
            producer.send(topic, b"%d" % i, partition=i % 4)
            if i % 50 == 0:
                time.sleep(0.01)
    assert [member.wait(90) for member in members] == [0, 0]
    seen = [[tuple(map(int, line.split())) for line in output.read_text().splitlines()] for output in outputs]
    assert all(seen)
    assert sorted(seen[0] + seen[1]) == [(partition, offset) for partition in range(4) for offset in range(5000)]


@pytest.mark.parametrize("listener", LISTENERS)
@METHODS
def test_every_listener(apache, make_topic, listener, method):
    """Plain TCP has our transport; with TLS kafka-python's own serves."""
    topic = make_topic()
    values = [bytes([i % 251]) * (i * 10) for i in range(300)]
    send(apache, topic, values, linger_ms=5)
    with consumer(apache, topic, listener=listener) as ours:
        (records,) = read(ours, getattr(ours, method))[0].values()
        transports = {type(connection.transport) for connection in ours._manager._conns.values()}
        assert (FrameTransport in transports) == (not listener.endswith("SSL"))
    assert [record.value for record in records] == values


def test_a_record_larger_than_a_fetch_may_be(apache, make_topic):
    topic = make_topic()
    values = [bytes(500_000), b"small", bytes(700_000)]
    send(apache, topic, values)
    with consumer(apache, topic, max_partition_fetch_bytes=1000, fetch_max_bytes=1000) as ours:
        (records,) = read(ours, ours.poll_batches)[0].values()
    assert [record.value for record in records] == values


def cut(consumer):
    """Break its connections. How many were there?"""
    count = 0
    for connection in list(consumer._manager._conns.values()):
        with suppress(AttributeError, OSError):  # it may be closing already
            connection.transport._sock.shutdown(socket.SHUT_RDWR)
            count += 1
    return count


@METHODS
def test_forced_disconnects(apache, make_topic, method):
    topic = make_topic(2)
    producer = Producer({"bootstrap.servers": apache.bootstrap_servers, "linger.ms": 5})
    for i in range(100_000):
        producer.produce(topic, b"%d" % i, partition=i % 2)
        if i % 1000 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0
    options = {"max_partition_fetch_bytes": 20_000, "max_poll_records": 2000, "reconnect_backoff_ms": 1}
    with consumer(apache, topic, 2, **options) as ours:
        offsets, cuts = {}, 0
        poll = getattr(ours, method)
        while sum(map(len, offsets.values())) < 100_000:
            for tp, records in poll(timeout_ms=1000, max_records=2000).items():
                offsets.setdefault(tp, []).extend(record.offset for record in records)
                if len(offsets[tp]) % 5 == 0:
                    cuts += cut(ours)
    assert cuts > 5
    assert list(offsets.values()) == [list(range(50_000))] * 2


@METHODS
def test_a_corrupt_batch(apache, make_topic, method):
    topic = make_topic()
    tp = TopicPartition(topic, 0)
    for part in range(3):  # a producer each: a batch each
        send(apache, topic, [b"%d" % (10 * part + i) for i in range(10)], linger_ms=100)
    log = apache._server._folder / "node-1" / "data" / f"{topic}-0" / "00000000000000000000.log"
    data = bytearray(log.read_bytes())
    data[data.index(b"15")] ^= 1
    log.write_bytes(data)
    with consumer(apache, topic) as ours:
        poll = getattr(ours, method)

        def some():
            while not (found := poll(timeout_ms=1000)):
                pass
            return [record.offset for record in found[tp]]

        assert some() == [*range(10)]
        for _ in range(3):
            with pytest.raises(CorruptPartition, match=rf"topic='{topic}'.*base offset 10 .*seek\(.*, 20\) skips it"):
                some()
            assert ours.position(tp) == 10
        ours.seek(tp, 20)
        assert some() == [*range(20, 30)]


@METHODS
def test_a_leader_that_moves_and_a_broker_that_crashes(method):
    with Broker("apache", nodes=2) as broker:
        with KafkaAdminClient(**broker.client_options("admin")) as admin:
            admin.create_topics({"t": {"num_partitions": 4, "replication_factor": 2}}, wait_for_metadata=True)
        producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "linger.ms": 5, "acks": "all"})
        for i in range(40_000):
            producer.produce("t", b"%d" % i, partition=i % 4)
        assert producer.flush(60) == 0
        del producer
        with consumer(broker, "t", 4, max_partition_fetch_bytes=10_000, reconnect_backoff_max_ms=500) as ours:
            offsets, poll = {tp: [] for tp in ours.assignment()}, getattr(ours, method)

            def read_some():
                for tp, records in poll(timeout_ms=1000, max_records=2000).items():
                    offsets[tp] += [record.offset for record in records]

            def read_to(total):
                while sum(map(len, offsets.values())) < total:
                    read_some()

            read_to(4000)
            broker.kill(2)
            read_to(25_000)  # of some of what had its leader there, too
            broker.restart(2)
            read_to(30_000)
            broker.kill()
            read_some()
            broker.restart()
            read_to(40_000)
    assert list(offsets.values()) == [list(range(10_000))] * 4
