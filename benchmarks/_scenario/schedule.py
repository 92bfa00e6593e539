"""An open loop: every record has a send time fixed beforehand, and is timed from it.

A send that blocks makes the following ones late, and their latency says so. A closed loop, which waits for one answer
before it asks for the next, or a clock started at the actual send, leaves exactly those out (coordinated omission).
"""

import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

SECOND = 10**9  # in the clock's nanoseconds


class Clock(Protocol):
    def now(self) -> int:
        """Nanoseconds, monotonic."""

    def wait_until(self, due: int, stop: threading.Event) -> None:
        """Return at that time, or when `stop` is set."""


class MonotonicClock:
    """The system's monotonic clock, shared by all threads, never set back.

    A sleep alone ends about 0.1 ms late, which would pass for latency. So the last stretch is polled: at most 0.2 ms,
    and a tenth of the time between two records. Each turn gives up the interpreter lock, and keeps nobody from it.
    """

    def __init__(self, rate: float) -> None:
        self._polled = round(min(0.2e-3, 0.1 / rate) * SECOND)

    now = staticmethod(time.perf_counter_ns)

    def wait_until(self, due: int, stop: threading.Event) -> None:
        sleep = due - self._polled - self.now()
        if sleep > 0:
            stop.wait(sleep / SECOND)
        while self.now() < due and not stop.is_set():
            select.select((), (), (), 0)


@dataclass(frozen=True)
class Schedule:
    """`count` records, `rate` of them a second at equal distances."""

    count: int
    rate: float

    def run(self, send: Callable[[int, int], None], stop: threading.Event, clock: Clock) -> None:
        """Call send(sequence, due) for each record at its time, or at once where that has passed."""
        start = clock.now()
        for sequence in range(self.count):
            due = start + round(sequence * SECOND / self.rate)
            clock.wait_until(due, stop)
            if stop.is_set():
                return
            send(sequence, due)


@dataclass(frozen=True)
class ClosedLoop:
    """`count` records, each sent when the one before it has been answered. Nothing is due, so nothing is ever late."""

    count: int
    answered: Callable[[int], None]  # returns when it has been

    def run(self, send: Callable[[int, int], None], stop: threading.Event, clock: Clock) -> None:
        for sequence in range(self.count):
            if stop.is_set():
                return
            send(sequence, clock.now())
            self.answered(sequence)
