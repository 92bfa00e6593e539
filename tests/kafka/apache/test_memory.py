"""Consumers and producers hold their memory. For ten seconds; FASTPATHS_SOAK_SECONDS=600 makes it ten minutes."""

import gc
import os
import time

import psutil
import pytest
from kafka import TopicPartition

from fastpaths.kafka import KafkaConsumer, KafkaProducer

pytestmark = pytest.mark.apache

SECONDS = float(os.environ.get("FASTPATHS_SOAK_SECONDS", 10))
ALLOWED = 16 << 20  # bytes; what is mapped at any moment differs by less
VALUES = [b"%0100d" % i for i in range(20_000)]


def resident():
    gc.collect()
    return psutil.Process().memory_info().rss


def growth(step):
    """Of memory, in bytes, over the last two thirds of the time, in which `step` is repeated."""

    def repeat(seconds):
        start = time.monotonic()
        while time.monotonic() - start < seconds:
            step()
            time.sleep(0.02)  # others have a machine to share, and a broker's disk is not endless

    repeat(SECONDS / 3)
    before = resident()
    repeat(SECONDS * 2 / 3)
    return resident() - before


@pytest.mark.parametrize("method", ["poll", "poll_batches"])
def test_a_consumer(apache, make_topic, method):
    topic = make_topic(2)
    with KafkaProducer(compression_type="lz4", **apache.client_options("producer")) as producer:
        for _ in range(20):
            producer.send_batch(topic, VALUES, headers=[[("a", b"b")]] * len(VALUES)).get(30)
    with KafkaConsumer(max_poll_records=10_000, **apache.client_options("consumer")) as consumer:
        consumer.assign([TopicPartition(topic, 0), TopicPartition(topic, 1)])

        def read_all():
            consumer.seek_to_beginning()
            count = 0
            while count < 20 * len(VALUES):
                for records in getattr(consumer, method)(timeout_ms=1000).values():
                    count += len(records)
                    assert records[-1].headers == [("a", b"b")]

        assert growth(read_all) < ALLOWED


@pytest.mark.parametrize("codec", [None, "zstd"])
def test_a_producer(apache, make_topic, codec):
    topic = make_topic(2, retention_bytes="1000000", segment_bytes="10000000")
    with KafkaProducer(compression_type=codec, **apache.client_options("producer")) as producer:
        keys = [value[-3:] for value in VALUES]

        def send_some():
            producer.send_batch(topic, VALUES, keys).get(30)

        assert growth(send_some) < ALLOWED
