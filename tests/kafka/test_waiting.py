"""When a consumer asks for records, how it waits for an answer, and what it does not wait for."""

import threading

import pytest
from kafka import TopicPartition

from fastpaths.kafka import KafkaConsumer, KafkaProducer

pytestmark = pytest.mark.embedded
TP = TopicPartition("t", 0)
MANY = TopicPartition("many", 0)
RECORDS = 200


@pytest.fixture
def consumer(broker):
    with KafkaConsumer(auto_offset_reset="earliest", **broker.client_options("consumer")) as consumer:
        yield consumer


@pytest.fixture(scope="module")
def many(broker):
    """A partition of so many records, in many batches."""
    with KafkaProducer(**broker.client_options("producer"), batch_size=1000) as producer:
        for _ in range(RECORDS):
            producer.send("many", bytes(100), partition=0)


def by_one(broker, **options):
    """A consumer whose fetches bring a batch of `many` each."""
    options = {**broker.client_options("consumer"), "max_partition_fetch_bytes": 1, **options}
    consumer = KafkaConsumer(auto_offset_reset="earliest", **options)
    consumer.assign([MANY])
    return consumer


def test_the_next_records_come_while_the_last_are_worked_on(broker, many, within):
    with by_one(broker) as consumer:
        assert consumer.poll(timeout_ms=60_000)
        assert within(60, lambda: consumer._fetcher._completed_fetches)


def test_an_iterator_does_not_ask_twice_for_the_same(broker, many):
    """kafka-python's does: it asks when its records are taken, and moves the position as it gives them."""
    with by_one(broker, consumer_timeout_ms=10_000) as consumer:
        handle, brought = consumer._fetcher._handle_fetch_response, []

        def count(node, offsets, sent, response):
            brought.extend(offsets.values() if any(topic.partitions for topic in response.responses) else [])
            handle(node, offsets, sent, response)

        consumer._fetcher._handle_fetch_response = count
        assert [next(consumer).offset for _ in range(RECORDS)] == list(range(RECORDS))
        assert len(brought) > 10
        assert sorted({*brought}) == brought


def test_an_assignment_that_changes_while_more_is_asked_for(broker, many):
    with by_one(broker) as consumer:
        send, failed = consumer._fetcher._create_fetch_requests, threading.Event()

        def fail_ahead():
            consumer._fetcher._create_fetch_requests = send
            failed.set()
            raise KeyError(MANY)

        offsets = []
        while len(offsets) < RECORDS:
            offsets += [record.offset for record in consumer.poll(timeout_ms=60_000)[MANY]]
            if not failed.is_set() and len(offsets) > 20:
                consumer._fetcher._create_fetch_requests = fail_ahead
        assert failed.is_set()
        assert offsets == list(range(RECORDS))


def test_nothing_assigned_is_nothing_to_wait_for(consumer):
    assert consumer._fetcher.fetch_records(10, timeout_ms=60_000) == ({}, True)
    assert consumer.poll(timeout_ms=1) == {}


def test_what_a_reset_brings_is_waited_for(consumer):
    """It has no position yet, so that nothing is asked for."""
    consumer.assign([TP])
    consumer._refresh_committed_offsets()
    consumer._fetcher.reset_offsets_if_needed()
    found, idle = consumer._fetcher.fetch_records(10, timeout_ms=60_000)
    assert (found, idle) == ({}, False)
    assert consumer._subscription.has_all_fetch_positions()


def test_polls_that_do_not_wait_see_everything_in_the_end(consumer):
    consumer.assign([TP])
    while not (found := consumer.poll(timeout_ms=0)):
        pass
    assert [record.value for record in found[TP]] == [b"hello"]
    assert len(consumer._fetcher._fetch_futures) <= 1  # however often it was asked


def test_what_comes_ends_the_wait(broker, consumer):
    consumer.assign([TP])
    consumer.seek_to_end(TP)
    consumer.position(TP)
    with KafkaProducer(**broker.client_options("producer")) as producer:
        sending = threading.Timer(0.2, producer.send, ["t", b"late"], {"partition": 0})
        sending.start()
        assert [record.value for record in consumer.poll(timeout_ms=600_000)[TP]] == [b"late"]
        sending.join()


def test_what_keeps_requests_from_being_sent_is_raised(consumer, monkeypatch):
    def refuse():
        raise OSError("no requests today")

    monkeypatch.setattr(consumer._fetcher, "_create_fetch_requests", refuse)
    consumer.assign([TP])
    with pytest.raises(OSError, match="no requests today"):
        consumer.poll(timeout_ms=600_000)


def test_records_are_returned_though_no_more_can_be_asked_for(broker, many, within, monkeypatch):
    def refuse(task):
        raise TypeError("the IO thread is gone")

    with by_one(broker) as consumer:
        assert consumer.poll(timeout_ms=60_000)
        assert within(60, lambda: consumer._fetcher._completed_fetches)
        with monkeypatch.context() as patch:
            patch.setattr(consumer._net, "call_soon_threadsafe", refuse)
            assert consumer.poll(timeout_ms=60_000)[MANY]
            with pytest.raises(TypeError, match="the IO thread is gone"):
                consumer.poll(timeout_ms=60_000)


@pytest.mark.filterwarnings("ignore:Exception in thread kafka-io")
def test_an_io_thread_that_is_gone_is_not_waited_for(broker):
    consumer = KafkaConsumer(auto_offset_reset="earliest", **broker.client_options("consumer"))
    consumer.assign([TP])
    consumer.poll(timeout_ms=10_000)
    consumer._net._poll_once = None  # what ends it
    consumer._net.wakeup()
    polls = iter(lambda: bool(consumer.poll(timeout_ms=600_000)), False)  # what it had asked for ahead may have come
    with pytest.raises(TypeError, match="not callable"):
        list(polls)
    consumer._net._io_thread.join(60)  # or the next test may get its warning


def test_a_topic_whose_metadata_were_not_asked_for_is_asked_for(broker, many, consumer):
    """As it happens in its constructor, where the first metadata come after the topics were set."""
    consumer._cluster._topics = {"many"}
    consumer._subscription.subscribe(topics=["many"])
    assert consumer.poll(timeout_ms=20_000)
