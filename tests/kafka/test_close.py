"""close() of a producer whose broker does not answer: closed it is, and every future completes."""

import os
import signal
import threading
from contextlib import suppress

import pytest
from kafka import TopicPartition
from kafka.errors import IllegalStateError, KafkaError, KafkaTimeoutError

from fastpaths.kafka import Broker, KafkaProducer
from fastpaths.kafka.accumulator import Accumulator, Room
from fastpaths.kafka.batch_future import BatchFuture, NotDelivered
from fastpaths.kafka.outgoing import Outgoing

TP = TopicPartition("t", 0)


@pytest.fixture
def broker():
    with Broker("embedded") as broker:
        yield broker
        with suppress(ProcessLookupError):
            os.kill(broker._server.pid, signal.SIGCONT)


def stop(broker):
    os.kill(broker._server.pid, signal.SIGSTOP)
    os.waitpid(broker._server.pid, os.WUNTRACED)  # or it still answers for a moment


def send(producer):
    """Some of either kind. The futures."""
    return [
        future
        for i in range(25)
        for future in (producer.send("t", b"a", partition=i % 4), producer.send_batch("t", [b"b"] * 9, partition=i % 4))
    ]


def is_closed(producer):
    producer.close()  # and does nothing
    with pytest.raises(IllegalStateError, match="already closed"):
        producer.send_batch("t", [b"a"])
    return not producer._sender.is_alive()


@pytest.mark.embedded
@pytest.mark.parametrize("has_sent", [True, False])
@pytest.mark.parametrize("idempotent", [True, False])
@pytest.mark.parametrize("fault", [stop, Broker.kill])
def test_what_is_not_acknowledged_is_given_up(broker, fault, idempotent, has_sent):
    producer = KafkaProducer(enable_idempotence=idempotent, **broker.client_options("producer"))
    assert producer.partitions_for("t") == {0, 1, 2, 3}
    if has_sent:
        assert all(future.get(20) for future in send(producer))
    fault(broker)
    futures = send(producer)
    with pytest.raises(KafkaTimeoutError):
        producer.close(0.3)
    assert all(future.failed() for future in futures)
    with pytest.raises(NotDelivered, match=r"9 of 9 records were not .*closed forcefully"):
        futures[1].get(0)
    with pytest.raises(KafkaError, match="closed forcefully"):
        futures[0].get(0)
    assert is_closed(producer)


@pytest.mark.embedded
def test_without_a_timeout_it_waits_as_long_as_a_record_may_take(broker):
    """In vain here: kafka-python lets nothing expire while it asks for an id, and would wait for ever."""
    options = {"request_timeout_ms": 300, "delivery_timeout_ms": 400, **broker.client_options("producer")}
    producer = KafkaProducer(**options)
    producer.partitions_for("t")
    stop(broker)
    producer._transaction_manager.reset_producer_id()  # it may have had one
    futures = send(producer)
    with pytest.raises(KafkaTimeoutError):
        producer.close()
    assert all(future.failed() for future in futures)
    assert is_closed(producer)


@pytest.mark.embedded
def test_in_a_callback_it_does_not_wait_for_itself(broker):
    producer = KafkaProducer(**broker.client_options("producer"))
    tried, raised = threading.Event(), []

    def close(_):
        stop(broker)
        futures.extend(send(producer))
        try:
            producer.close(0.1)
        except KafkaTimeoutError as error:
            raised.append(error)
        tried.set()

    futures = []
    producer.send_batch("t", [b"a"]).add_both(close)
    assert tried.wait(20)
    assert raised
    producer.close(20)
    assert all(future.failed() for future in futures)
    assert is_closed(producer)


def test_a_batch_that_is_appended_meanwhile_is_given_up_as_well(within):
    """No broker: what the sender calls at a forced close is called here."""
    accumulator, entered, go_on = Accumulator(), threading.Event(), threading.Event()
    accumulator.compression, accumulator.room = None, Room(1 << 20)
    future = BatchFuture("t", 1)

    class Slow(type(accumulator._batches)):
        def __getitem__(self, tp):
            if threading.current_thread() is appending:
                entered.set()
                assert go_on.wait(20)
            return super().__getitem__(tp)

    accumulator._batches = Slow(accumulator._batches.default_factory)
    encoded = Outgoing.of([b"a"], None, None, None).encode()
    appending = threading.Thread(target=accumulator.append_encoded, args=(TP, encoded, future, range(1), 0))
    aborting = threading.Thread(target=accumulator.abort_incomplete_batches)
    appending.start()
    assert entered.wait(20)  # it has found the accumulator open
    accumulator.close()
    aborting.start()
    aborting.join(0.2)  # in which it would be done, were it not for the batch that is coming
    go_on.set()
    for thread in (appending, aborting):
        thread.join(20)
    future.end()
    with pytest.raises(NotDelivered, match="closed forcefully"):
        future.get(0)
    assert not accumulator.has_incomplete
    assert accumulator.room._taken == 0


def test_a_batch_that_comes_too_late_is_refused():
    accumulator = Accumulator()
    accumulator.compression, accumulator.room = None, Room(1 << 20)
    accumulator.close()
    future = BatchFuture("t", 1)
    encoded = Outgoing.of([b"a"], None, None, None).encode()
    with pytest.raises(IllegalStateError, match="is closed"):
        accumulator.append_encoded(TP, encoded, future, range(1), 0)
    future.end()
    with pytest.raises(NotDelivered, match="is closed"):
        future.get(0)
    assert accumulator.room._taken == 0
