"""The processes of a throughput run: producers, and a consumer. The parent (flow.py) tells each when to begin.

What is timed is what an application would do: encode, send and flush; poll and work; and that the values are copied
(kept.py). Making the records comes before, checking what was received comes after.
"""

from __future__ import annotations

import gc
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from _scenario.accounting import Faults, Ledger, Times
from _scenario.clients import Clients
from _scenario.kept import Kept
from _scenario.load import Load
from _scenario.scenario import Nothing, Scenario, Side, Surroundings
from _scenario.schedule import SECOND, MonotonicClock
from _scenario.sides import FASTPATHS, PIECE, PIECE_BYTES, Loopback, Sender

AFTERMATH = 0.2  # seconds that the consumer goes on after the last record, for duplicates
NOW = time.perf_counter_ns


@dataclass(frozen=True)
class Task:
    """What all processes of a run are told."""

    scenario: Scenario
    side: str
    options: Clients
    topic: str
    output: str
    run: bytes
    load: Load
    phases: tuple[tuple[range, ...], ...]  # of each producer: the records of its warm-up, and the others
    shared: Any  # three int64 a record
    progress: Any  # what each process has done so far; and whether the consumer is at work with what it was given
    stop: Any

    @property
    def work(self) -> Side:
        return self.scenario.named(self.side)

    @property
    def times(self) -> Times:
        return Times(*np.frombuffer(self.shared, np.int64).reshape(3, -1))


@dataclass(frozen=True)
class Ready:
    """It has connected, and has made what it needs."""


@dataclass(frozen=True)
class Phase:
    """A process has done its part of the warm-up, or of the rest."""

    began: int
    ended: int
    cpu_seconds: float


@dataclass(frozen=True)
class Sent:
    refused: dict[int, str]


@dataclass(frozen=True)
class Received:
    noticed: Faults
    answer: Any
    expected: Any


@dataclass(frozen=True)
class Failed:
    reason: str


def process(role: Callable[[Task, int, Connection], None], task: Task, number: int, pipe: Connection) -> None:
    """The body of one. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError):  # the parent has given up
        try:
            role(task, number, pipe)
        except (EOFError, BrokenPipeError):
            raise
        except Exception as error:
            pipe.send(Failed(f"{type(error).__name__}: {error}"))


def produce(task: Task, number: int, pipe: Connection) -> None:
    side, load, times = task.work, task.load, task.times
    contents = task.scenario.contents(task.run, load)
    phases = []
    for records in task.phases[number]:
        due = offsets_of(load, records, len(task.phases), number)
        values = [contents.encode(sequence, at) for sequence, at in zip(records, due.tolist(), strict=True)]
        phases.append((records, due, side.objects(values)))
    filler = FASTPATHS if task.scenario.prefilled and not isinstance(side.client, Loopback) else side.client
    sender = filler.sender(task.options, task.topic, task.scenario.headers)
    gc.collect()
    gc.freeze()  # the records that wait to be sent are no part of an application's heap
    pipe.send(Ready())
    try:
        for records, due, objects in phases:
            if (start := pipe.recv()) is None:  # the run has ended early
                break
            cpu, began = time.process_time(), NOW()
            send_all(task, number, sender, records, due + start if load.rate else None, objects, times)
            sender.flush(task.stop)
            pipe.send(Phase(began, NOW(), time.process_time() - cpu))
        pipe.send(Sent(sender.refused))
    finally:
        sender.close()


def offsets_of(load: Load, records: range, producers: int, number: int) -> np.ndarray:
    """When each of a producer's records is due, nanoseconds after the start. In a closed loop none ever is."""
    if load.rate is None:
        return np.zeros(len(records), np.int64)
    places = np.arange(len(records)) * producers + number  # the producers take turns
    return np.round(places * (SECOND / load.rate)).astype(np.int64)


def send_all(
    task: Task, number: int, sender: Sender, records: range, due: np.ndarray | None, objects: list, times: Times
) -> None:
    """In an open loop, each record at its time, and at once what is due already; else piece by piece, all at once."""
    encode = task.work.encode
    piece = max(1, min(PIECE, PIECE_BYTES // task.load.size))
    clock = None if due is None else MonotonicClock(task.load.rate)
    done = 0
    while done < len(records) and not task.stop.is_set():
        if clock is None:
            until = done + piece
        else:
            clock.wait_until(int(due[done]), task.stop)
            until = min(int(due.searchsorted(clock.now(), "right")), done + piece)
            if until <= done:
                break  # stopped while it waited
        some = objects[done:until]
        sequences = slice(records[done], records[done] + len(some))
        times.sent[sequences] = now = NOW()
        times.due[sequences] = now if due is None else due[done:until]
        sender.send(records[done], encode(some) if encode else some)
        done += len(some)
        task.progress[number] += len(some)


def consume(task: Task, number: int, pipe: Connection) -> None:
    side, load = task.work, task.load
    receiver = side.client.receiver(task.options, task.topic)
    work = side.work(Surroundings(side.client, receiver, task.options, task.output, load))
    receiver.seek(to_end=True)  # nothing has been sent yet
    kept = Kept(load.total, load.size)
    gc.collect()
    pipe.send(Ready())
    try:
        counted = 0
        for expected in (load.warmup, load.total):
            if pipe.recv() is None:
                break
            cpu, began = time.process_time(), NOW()
            while counted < expected and not task.stop.is_set():
                for partition, batch in receiver.poll():
                    kept.add(NOW(), partition, batch)
                    task.progress[-1] = True
                    work(batch)
                    task.progress[-1] = False
                    counted += len(batch)
                task.progress[number] = counted
            if expected == load.total:
                task.progress[-1] = True
                work.end()
            pipe.send(Phase(began, NOW(), time.process_time() - cpu))
        deadline = NOW() + AFTERMATH * SECOND
        while NOW() < deadline and not receiver.endless:
            for partition, batch in receiver.poll():
                kept.add(NOW(), partition, batch)
    finally:
        receiver.close()
    pipe.send(checked(task, kept, work.answer()))


def checked(task: Task, kept: Kept, answer: Any) -> Received:
    """The account of what was received, and what its work should have answered."""
    contents = task.scenario.contents(task.run, task.load)
    firsts = sorted(records.start for phases in task.phases for records in phases if records)
    ledger = Ledger(contents.identify, task.times, firsts)
    for now, partition, value in kept:
        ledger.deliver(value, now, partition)
    if ledger.noticed != Faults():
        return Received(ledger.noticed, None, None)  # of other records no answer can be the right one
    if task.work.work is Nothing:
        return Received(ledger.noticed, None, None)
    return Received(ledger.noticed, answer, task.scenario.expected([value for _, _, value in kept], task.load))
