"""A run from end to end without a broker: clients of our own that drop, double, damage and die."""

import queue
import threading
import time
from types import SimpleNamespace

import pytest
from _scenario import exchange, silence
from _scenario.load import Load
from _scenario.probe import NoBroker, Target
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError
from kafka.future import Future

TARGET = Target("external", "none", "127.0.0.1:1")
LOAD = Load(records=40, warmup=10, size=50, rate=1000, seed=1)


class Wire:
    """Producer and consumer in one: what is sent is polled, unless `fate` makes something else of it."""

    def __init__(self, fate=lambda sequence, value: [value]):
        self.fate = fate
        self.sent = 0
        self.queue = queue.Queue()

    def send(self, topic, value, partition):
        sequence, self.sent = self.sent, self.sent + 1
        for arrival in self.fate(sequence, value):
            self.queue.put(arrival)
        return Future().success(None)

    def poll(self, timeout_ms):
        try:
            value = self.queue.get(timeout=timeout_ms / 1000)
        except queue.Empty:
            return {}
        if isinstance(value, Exception):
            raise value
        return {"partition": [SimpleNamespace(value=value)]}


def measure(wire, load=LOAD):
    return exchange._Run(TARGET, TopicPartition("t", 0), load, wire, wire).measure()


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(silence, "TIMEOUT", 0.2)
    monkeypatch.setattr(exchange, "AFTERMATH", 0.05)
    monkeypatch.setattr(exchange, "DRAIN", 0.2)
    monkeypatch.setattr(silence, "probe", lambda address, properties: TARGET)


def on(place, arrivals):
    """That fate for one record, and delivery for the others."""
    return lambda sequence, value: arrivals(value) if sequence == place else [value]


def test_every_record_is_measured_but_the_warm_up():
    run = measure(Wire())
    assert (run.complete, run.sound, run.account.delivered) == (True, True, 50)
    assert len(run.received) == 40
    assert (run.due <= run.sent).all()
    assert (run.sent <= run.received).all()
    assert run.statistics()["throughput"] == pytest.approx(1e-3, rel=0.5)


def test_where_the_time_goes():
    """Each stage counts from the time that a record was due, and a record that was never acknowledged has no such."""

    class Slow(Wire):
        def send(self, topic, value, partition):
            time.sleep(0.002)
            super().send(topic, value, partition)
            return Future() if self.sent == 50 else Future().success(None)

    run = measure(Slow(), Load(records=40, warmup=10, size=50, rate=100, seed=1))
    assert {name: len(stage.samples) for name, stage in run.stages.items()} == {
        "sent": 40,
        "send() returned": 40,
        "acknowledged": 39,
        "poll() returned": 40,
    }
    sent, returned, acknowledged, polled = (stage.samples for stage in run.stages.values())
    assert (sent == run.delay.samples).all()
    assert (polled == run.response.samples).all()
    assert (returned - sent >= 2_000_000).all()
    assert (acknowledged >= returned[:39]).all()


@pytest.mark.parametrize(
    ("arrivals", "faults"),
    [
        (lambda value: [], {"lost": 1}),
        (lambda value: [value, value], {"duplicated": 1}),
        (lambda value: [value[:-1] + b"?"], {"lost": 1, "corrupted": 1}),
    ],
    ids=["dropped", "doubled", "damaged"],
)
@pytest.mark.parametrize("place", [0, 49], ids=["first", "last"])
def test_a_fault_is_found_wherever_it_happens(place, arrivals, faults):
    run = measure(Wire(on(place, arrivals)))
    assert run.account.faults == faults
    assert run.complete  # all were sent, and waited for
    assert not run.sound


def test_a_broker_that_dies_ends_the_run(monkeypatch):
    def dead(address, properties):
        raise NoBroker("connection refused")

    monkeypatch.setattr(silence, "SUSPICIOUS", 0.1)
    monkeypatch.setattr(silence, "probe", dead)
    run = measure(Wire(lambda sequence, value: [value] if sequence < 30 else []), Load(100_000, 10, 50, 1000, 1))
    assert run.stopped == "the broker no longer answers: connection refused"
    assert (run.account.delivered, len(run.received), run.sound) == (30, 20, False)
    assert run.account.sent < 100_000


def test_silence_ends_the_run():
    run = measure(Wire(lambda sequence, value: []), Load(100_000, 0, 50, 1000, 1))
    assert run.stopped.startswith("nothing arrived for")
    assert run.statistics() == {}


def test_a_consumer_that_fails_ends_the_run():
    run = measure(Wire(on(5, lambda value: [ValueError("bad batch")])), Load(100_000, 0, 50, 1000, 1))
    assert run.stopped == "consumer: ValueError: bad batch"
    assert not run.sound


def test_a_send_that_fails_ends_the_run_and_is_no_loss():
    class Refusing(Wire):
        def send(self, topic, value, partition):
            if self.sent == 5:
                raise KafkaTimeoutError("no metadata")
            return super().send(topic, value, partition)

    run = measure(Refusing())
    assert run.stopped.startswith("producer: KafkaTimeoutError")
    assert run.account.faults == {"refused": 1}


def test_ctrl_c_keeps_what_was_measured(monkeypatch):
    def interrupted(self):
        while self.ledger.deliveries < 30:
            threading.Event().wait(0.001)
        raise KeyboardInterrupt

    monkeypatch.setattr(exchange._Run, "_watch", interrupted)
    run = measure(Wire(), Load(100_000, 10, 50, 1000, 1))
    assert (run.stopped, run.interrupted, run.sound) == ("interrupted", True, True)
    assert len(run.received) >= 20
    assert run.account.sent == run.account.delivered
