"""One run of a throughput scenario: several producers and a consumer, each in a process of its own.

The warm-up is sent, received, and done with; then the clocks begin anew. All processes have one monotonic clock.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from multiprocessing.connection import Connection, wait
from typing import Any

from _scenario import roles, silence
from _scenario.accounting import Faults, Nanoseconds, account
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.probe import Target
from _scenario.processes import PROCESSES
from _scenario.roles import Failed, Phase, Ready, Received, Sent, Task
from _scenario.scenario import Scenario, Side
from _scenario.sides import Loopback
from fastpaths.bench.errors import BenchError, WrongAnswer

STARTING = 60.0  # seconds that the processes have to make their records and connect
ENDING = 15.0  # seconds that processes have to come to an end once they are told to
CHECKING = 600.0  # seconds that the consumer may take to check what it has received
HEADSTART = 50_000_000  # nanoseconds in which all processes learn when a schedule starts

Report = Callable[[float, int, int], None]  # seconds, records sent, records received


def flow(
    target: Target, topics: tuple[str, str], scenario: Scenario, side: Side, load: Load, report: Report, every: float
) -> Measured:
    """Make one run. BenchError if it cannot begin, WrongAnswer if the work was done wrongly; whatever ends it later is
    in the result.

    report: is told every so many seconds how it goes.
    """
    options = scenario.clients.of(target)
    if isinstance(side.client, Loopback):
        side = replace(side, client=replace(side.client, pipe=PROCESSES.Queue(maxsize=64)))
        scenario = replace(scenario, sides=[side])
    shared = PROCESSES.RawArray("q", 3 * load.total)
    progress = PROCESSES.RawArray("q", scenario.producers + 2)
    about = (scenario, side.title, options, *topics, secrets.token_bytes(8), load, phases_of(scenario, load))
    run = _Run(target, Task(*about, shared, progress, PROCESSES.Event()), report, every)
    with run.processes():
        return run.measure()


def phases_of(scenario: Scenario, load: Load) -> tuple[tuple[range, range], ...]:
    """Of each producer: its share of the warm-up, and of the rest."""
    parts = [_split(range(load.warmup), scenario.producers), _split(range(load.warmup, load.total), scenario.producers)]
    return tuple(zip(*parts, strict=True))


def _split(records: range, parts: int) -> list[range]:
    edges = [len(records) * part // parts for part in range(parts + 1)]
    return [records[start:stop] for start, stop in pairwise(edges)]


@dataclass
class _Run:
    target: Target
    task: Task
    report: Report
    every: float
    crew: dict[Connection, Any] = field(default_factory=dict)  # the pipe of each process
    said: dict[Connection, list[Any]] = field(default_factory=dict)  # and what came of it
    failure: str | None = None

    @contextmanager
    def processes(self) -> Iterator[None]:
        producers = len(self.task.phases)
        try:
            for number in range(producers + 1):
                ours, theirs = PROCESSES.Pipe()
                role = roles.produce if number < producers else roles.consume
                process = PROCESSES.Process(target=roles.process, args=(role, self.task, number, theirs), daemon=True)
                process.start()
                theirs.close()
                self.crew[ours], self.said[ours] = process, []
            yield
        finally:
            self.task.stop.set()
            deadline = time.monotonic() + ENDING
            for pipe, process in self.crew.items():
                pipe.close()  # who waits to be told something ends
                process.join(max(deadline - time.monotonic(), 0.1))
                if process.is_alive():
                    process.kill()
                    process.join()

    @property
    def senders(self) -> list[Connection]:
        return list(self.crew)[:-1]

    @property
    def receiver(self) -> Connection:
        return list(self.crew)[-1]

    def measure(self) -> Measured:
        self._gather(list(self.crew), Ready, STARTING)
        if self.failure:
            raise BenchError(self.failure)
        began, stopped, interrupted = time.time(), None, False
        together = [[*self.crew]]
        one_after_the_other = [self.senders, [self.receiver]]
        try:
            for pipes in (one_after_the_other if self.task.scenario.prefilled else together) * 2:
                began = time.time()
                if stopped := self._step(pipes):
                    break
        except KeyboardInterrupt:
            stopped, interrupted = "interrupted", True
        self.task.stop.set()
        if stopped:
            for pipe in self.crew:  # some may wait for their next phase
                with suppress(OSError):
                    pipe.send(None)
        self._gather(self.senders, Sent, ENDING)
        self._gather([self.receiver], Received, CHECKING if stopped is None else CHECKING / 10)
        return self._measured(began, self.failure or stopped, interrupted)

    def _step(self, pipes: list[Connection]) -> str | None:
        """Let these do their next phase. Why it ended early, if it did."""
        wanted = self._done(pipes[0]) + 1
        start = time.perf_counter_ns() + HEADSTART
        for pipe in pipes:
            pipe.send(start)
        return self._watch(pipes, wanted)

    def _watch(self, pipes: list[Connection], wanted: int) -> str | None:
        """Wait until these have done so many phases, or nothing moves any more."""
        began = told = time.monotonic()
        before, quiet = 0, silence.Silence(self.target)
        while any(self._done(pipe) < wanted for pipe in pipes):
            self._listen(0.05)
            if self.failure:
                return self.failure
            now = time.monotonic()
            *sent, received, works = self.task.progress
            if (done := received if self.receiver in pipes else sum(sent)) != before or works:
                before = done
                quiet.broken()
            elif quiet.is_over_long:
                return self._stalled()
            elif problem := quiet.problem():
                return problem
            if now - told >= self.every:
                told += self.every
                self.report(now - began, sum(sent), received)
        return None

    def _stalled(self) -> str | None:
        """All was sent, and acknowledged: what is missing is lost. Else it is under way, and who knows where."""
        if all(self._done(pipe) == 2 for pipe in self.senders):
            self.task.stop.set()
            return None
        return f"nothing arrived for {silence.TIMEOUT:.0f} s"

    def _done(self, pipe: Connection) -> int:
        return sum(isinstance(message, Phase) for message in self.said[pipe])

    def _gather(self, pipes: list[Connection], kind: type, seconds: float) -> None:
        """Wait until each of these has said that, or the time is up."""
        deadline = time.monotonic() + seconds

        def missing() -> list[Connection]:
            return [pipe for pipe in pipes if not any(isinstance(message, kind) for message in self.said[pipe])]

        while missing() and not self._gone(missing()) and time.monotonic() < deadline:
            self._listen(0.1)
        if missing() and kind is Ready and not self.failure:
            self.failure = f"the processes of the run were not ready within {seconds:.0f} s"

    def _gone(self, pipes: list[Connection]) -> bool:
        return all(any(isinstance(message, Failed) for message in self.said[pipe]) for pipe in pipes)

    def _listen(self, seconds: float) -> None:
        open_pipes = [pipe for pipe in self.crew if not self._gone([pipe])]
        for pipe in wait(open_pipes, seconds):
            try:
                message = pipe.recv()
            except (EOFError, ConnectionResetError):  # it has ended, whatever we told it meanwhile
                message = Failed(f"a process of the run ended early, with status {self._status(pipe)}")
                if any(isinstance(said, Sent | Received) for said in self.said[pipe]):
                    message = Failed("")  # it had done all it had to
            self.said[pipe].append(message)
            if isinstance(message, Failed) and message.reason and self.failure is None:
                self.failure = f"{'consumer' if pipe is self.receiver else 'producer'}: {message.reason}"

    def _status(self, pipe: Connection) -> int | None:
        self.crew[pipe].join(1)
        return self.crew[pipe].exitcode

    def _measured(self, began: float, stopped: str | None, interrupted: bool) -> Measured:
        load, times = self.task.load, self.task.times
        errors: dict[int, str] = {}
        for pipe in self.senders:
            for message in self.said[pipe]:
                errors |= message.refused if isinstance(message, Sent) else {}
        received = next((m for m in self.said[self.receiver] if isinstance(m, Received)), None)
        result = account(times, errors, received.noticed if received else Faults())
        if stopped is None and not result.faults and received.answer != received.expected:
            raise WrongAnswer(
                f"{self.task.side}: its work gave {received.answer!r:.200}, and should have {received.expected!r:.200}"
            )
        arrived = times.received != 0
        arrived[: load.warmup] = False
        due, sent, got = (some[arrived] for some in times)
        nanoseconds, counted, cpu = self._clocked(times.sent[load.warmup :], got)
        return Measured(
            result,
            due,
            sent,
            got,
            began,
            stopped,
            interrupted,
            open_loop=load.rate is not None,
            timed=load.rate is not None and not self.task.scenario.prefilled,
            nanoseconds=nanoseconds,
            counted=counted,
            cpu_seconds=cpu,
            errors=tuple(dict.fromkeys(errors.values())),
        )

    def _clocked(self, sent: Nanoseconds, received: Nanoseconds) -> tuple[int, int, float]:
        """How long it took after the warm-up, for how many records, and the CPU seconds of who did it."""
        phases = {pipe: [m for m in said if isinstance(m, Phase)] for pipe, said in self.said.items()}
        reading = phases[self.receiver]
        if self.task.scenario.prefilled and len(reading) == 2:
            return reading[1].ended - reading[1].began, len(received), reading[1].cpu_seconds
        cpu = sum(of_one[1].cpu_seconds for of_one in phases.values() if len(of_one) == 2)
        if not len(received):
            return 0, 0, cpu
        ended = reading[1].ended if len(received) == len(sent) and len(reading) == 2 else int(received.max())
        return ended - int(sent[sent != 0].min()), len(received), cpu
