"""The open loop, on a clock of our own: what a slow send does to the records behind it is counted."""

import threading

import numpy as np
import pytest
from _scenario.latencies import Latencies
from _scenario.schedule import MonotonicClock, Schedule

MS = 10**6


class FakeClock:
    def __init__(self):
        self.time = 5 * MS

    def now(self):
        return self.time

    def wait_until(self, due, stop):
        self.time = max(self.time, due)


def send_with_a_stall(stall_ms):
    """1000 records 10 ms apart, each answered after 1 ms; the send of one blocks. Due, sent and received times."""
    clock, times = FakeClock(), []

    def send(sequence, due):
        sent = clock.now()
        clock.time += stall_ms * MS if sequence == 500 else 0
        times.append((due, sent, clock.now() + MS))

    Schedule(1000, rate=100).run(send, threading.Event(), clock)
    return np.array(times).T


def test_a_stalled_send_is_in_the_response_times_of_all_that_it_delayed():
    due, sent, received = send_with_a_stall(300)
    response = Latencies(received - due).statistics()
    # 301, 291, 281, … ms for the thirty that came due meanwhile: ten of a thousand lie beyond 201 ms.
    assert response["p50"] == 0.001
    assert response["p99"] == 0.201
    assert response["max"] == 0.301
    # A clock started at the actual send sees one slow record, and a p99 as if nothing had happened.
    service = Latencies(received - sent).statistics()
    assert (service["p99"], service["max"]) == (0.001, 0.301)


def test_without_a_stall_response_is_service():
    due, sent, received = send_with_a_stall(0)
    assert (sent == due).all()
    assert (received - due == MS).all()


@pytest.mark.parametrize("rate", [3, 100, 7777.7])
def test_due_times_do_not_drift(rate):
    due, clock = [], FakeClock()
    Schedule(1001, rate).run(lambda _, time: due.append(time), threading.Event(), clock)
    assert due[-1] - due[0] == round(1000 / rate * 1e9)


def test_stop_ends_it():
    sent, stop = [], threading.Event()

    def send(sequence, due):
        sent.append(sequence)
        if sequence == 3:
            stop.set()

    Schedule(10, rate=100).run(send, stop, FakeClock())
    assert sent == [0, 1, 2, 3]


class TestMonotonicClock:
    def test_waits_no_less_than_asked(self):
        clock = MonotonicClock(rate=100)
        due = clock.now() + 5 * MS
        clock.wait_until(due, threading.Event())
        assert clock.now() >= due

    def test_a_time_that_has_passed_is_not_waited_for(self):
        clock = MonotonicClock(rate=100)
        clock.wait_until(clock.now() - MS, threading.Event())

    def test_stop_wakes_it(self):
        clock, stop = MonotonicClock(rate=100), threading.Event()
        waiting = threading.Thread(target=clock.wait_until, args=(clock.now() + 3600 * 10**9, stop))
        waiting.start()
        stop.set()
        waiting.join(10)
        assert not waiting.is_alive()
