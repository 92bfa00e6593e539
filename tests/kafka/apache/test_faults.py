"""What goes wrong around a consumer on a real broker: each time as with kafka-python, and nothing lost or twice."""

import subprocess
import sys

import kafka
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import OffsetOutOfRangeError

from fastpaths.kafka import Broker, KafkaConsumer

pytestmark = pytest.mark.apache

METHODS = pytest.mark.parametrize("method", ["poll", "poll_batches"])


def send(broker, topic, values, keys=None, batch=10, **options):
    """In record batches of so many records."""
    with KafkaProducer(**broker.client_options("producer"), linger_ms=1000, **options) as producer:
        for i, value in enumerate(values):
            producer.send(topic, value, None if keys is None else keys[i], partition=0)
            if i % batch == batch - 1:
                producer.flush()


def consumer(broker, topic, kind=KafkaConsumer, **options):
    options = {"auto_offset_reset": "earliest", "fetch_max_wait_ms": 20, **options}
    made = kind(**broker.client_options("consumer"), **options)
    made.assign([TopicPartition(topic, 0)])
    return made


def offsets(found):
    return [record.offset for records in found.values() for record in records]


def read_to(consumer, method, end):
    """The offsets of what there is up to the offset `end`."""
    poll, found = getattr(consumer, method), []
    (tp,) = consumer.assignment()
    while consumer.position(tp) < end:
        found += offsets(poll(timeout_ms=1000))
    return found


@METHODS
def test_offset_out_of_range(apache, make_topic, method):
    topic = make_topic()
    tp = TopicPartition(topic, 0)
    send(apache, topic, [b"%d" % i for i in range(100)])
    with consumer(apache, topic) as resets, consumer(apache, topic, auto_offset_reset="none") as raises:
        resets.seek(tp, 0)
        raises.seek(tp, 0)
        assert len(offsets(getattr(resets, method)(timeout_ms=5000, max_records=5))) == 5
        with KafkaAdminClient(**apache.client_options("admin")) as admin:
            admin.delete_records({tp: 42})
        resets.seek(tp, 0)  # what it still has is of offset 5
        assert read_to(resets, method, 100) == [*range(42, 100)]
        with pytest.raises(OffsetOutOfRangeError):
            read_to(raises, method, 100)
        assert raises.position(tp) == 0
        raises.seek(tp, 90)
        assert read_to(raises, method, 100) == [*range(90, 100)]


@METHODS
def test_a_topic_that_is_deleted(apache, make_topic, method):
    topic, other = make_topic(), make_topic()
    for name in (topic, other):
        send(apache, name, [b"v" * 100] * 100)
    with consumer(apache, topic, max_poll_records=30) as ours:
        poll = getattr(ours, method)
        while not (found := poll(timeout_ms=1000, max_records=30)):
            pass
        with KafkaAdminClient(**apache.client_options("admin")) as admin:
            admin.delete_topics([topic])
        found = offsets(found)
        for _ in range(20):
            found += offsets(poll(timeout_ms=50, max_records=30))
        assert found == [*range(len(found))]
        ours.assign([TopicPartition(other, 0)])
        assert read_to(ours, method, 100) == [*range(100)]


def test_what_compaction_leaves(within):
    properties = {"log.cleaner.backoff.ms": "100", "log.cleaner.min.cleanable.ratio": "0.01"}
    configs = {"cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01"}
    with Broker("apache", properties=properties) as broker:
        with KafkaAdminClient(**broker.client_options("admin")) as admin:
            admin.create_topics({"t": {"num_partitions": 1, "configs": configs}}, wait_for_metadata=True)
        keys = [b"%d" % (i % 7 if i % 20 else i) for i in range(200)]
        send(broker, "t", [b"%d" % i for i in range(200)], keys)

        def read(kind, method="poll", **options):
            with consumer(broker, "t", kind, **options) as one:
                found, poll, (tp,) = [], getattr(one, method), one.assignment()
                while one.position(tp) < end:
                    for records in poll(timeout_ms=1000).values():
                        found += records
                return found, one.position(tp)

        end = 200

        def compacted():
            nonlocal end
            send(broker, "t", [b"to roll the segment"], [b"last"])
            end += 1
            return len(read(kafka.KafkaConsumer)[0]) < 100

        assert within(60, compacted)
        expected = read(kafka.KafkaConsumer)
        assert read(KafkaConsumer) == expected
        assert read(KafkaConsumer, "poll_batches") == expected
        assert read(KafkaConsumer, max_poll_records=2) == expected


@METHODS
def test_close_in_mid_flight(apache, make_topic, method):
    topic = make_topic()
    values = [b"%d" % i * 50 for i in range(1000)]
    send(apache, topic, values, batch=100)
    for polls in range(4):  # a fetch is under way, then some of it is drained, and the next one is under way
        ours = consumer(apache, topic, max_partition_fetch_bytes=20_000)
        found = []
        for _ in range(polls):
            found += getattr(ours, method)(timeout_ms=200 if polls > 1 else 0, max_records=70).values()
        ours.close()
        got = [record.value for records in found for record in records]  # what was returned stays
        assert got == values[: len(got)]
    assert got


FORKING = """
import os, sys
from kafka import TopicPartition
from fastpaths.kafka import KafkaConsumer

servers, topic, method = sys.argv[1:]

def consumer():
    made = KafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest", max_partition_fetch_bytes=20_000)
    made.assign([TopicPartition(topic, 0)])
    return made

def read(consumer, end):
    found = []
    while consumer.position(TopicPartition(topic, 0)) < end:
        for records in getattr(consumer, method)(timeout_ms=1000, max_records=100).values():
            found += [record.offset for record in records]
    return found

ours = consumer()
first = read(ours, 100)
child = os.fork()
if child == 0:
    own = consumer()
    whole = read(own, 1000)
    own.close()
    os._exit(whole != [*range(1000)])
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 0, status
assert first + read(ours, 1000) == [*range(1000)]
ours.close()
"""


@METHODS
def test_a_fork_after_use(apache, make_topic, method):
    topic = make_topic()
    send(apache, topic, [b"%d" % i * 50 for i in range(1000)], batch=100)
    command = [sys.executable, "-P", "-W", "ignore", "-c", FORKING, apache.bootstrap_servers, topic, method]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
