"""Making a profile: of a case, in slices until its time is over; of a command, until it ends."""

from __future__ import annotations

import json
import math
import random
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from .. import worker
from ..case import Case
from ..errors import BenchError
from ..gate.contestant import Contender, Contestant
from ..gate.intervals import Interval, log_ratio, trimmed_mean
from ..gate.pairing import loops_for
from ..memory import Footprint
from .profile import LEVEL, Pause, Profile, Slice
from .sampling import Sampling
from .workload import ACCOUNT

SLICE_NS = 50_000_000  # a request every 50 ms costs a case's process nothing that shows
ROUNDS, PAIRS = 8, 6  # of windows with and without the sampler


def profile(
    case: Case, hz: float, seconds: float, timeout: float, step: Callable[[], object] = lambda: None
) -> tuple[Profile, bool]:
    """The case's profile, and whether Ctrl-C cut it short. Its answer is verified first, its memory counted apart."""
    program = [sys.executable, *worker.PROGRAM]
    worker.verified(case.address, program, timeout)
    counted = worker.finish([*program, case.address, "--memory"], f"{case.name}: counting its memory", timeout)
    slices: list[Slice] = []
    with Contestant(_contender(case), {}, timeout) as process:
        about = process.ready()
        loops = loops_for(process, SLICE_NS)
        records = loops * about.calls * about.items
        with Sampling(process.pid, hz) as sampling, noted_interrupt() as interrupted:
            end = time.monotonic() + seconds
            while time.monotonic() < end and not interrupted:
                wall, cpu = process.slice(loops)
                slices.append(Slice(time.monotonic(), records, wall / 1e9, cpu / 1e9))
                step()
            samples, cost = sampling.finish()
            pauses = [Pause(*each) for each in json.loads(process.ask(ACCOUNT, "its account"))]
    if len(samples) < 2:
        raise KeyboardInterrupt if interrupted else _too_short(case.name, hz)
    start, end = samples[0].time, samples[-1].time
    found = Profile(
        name=case.name,
        group=case.family.group,
        unit=about.unit,
        hz=hz,
        records=sum(each.records for each in slices if each.time <= end),
        samples=samples,
        cost=cost,
        slices=slices,
        pauses=[pause for pause in pauses if start <= pause.time <= end],
        memory=Footprint(**json.loads(counted.splitlines()[-1])),
    )
    return found, bool(interrupted)


def profile_command(
    command: Sequence[str], hz: float, seconds: float | None, records: int | None
) -> tuple[Profile, int, bool]:
    """The profile of a command's process until it ends or `seconds` are over, its exit code, and whether by Ctrl-C."""
    try:
        process = subprocess.Popen(command)
    except OSError as error:
        raise BenchError(f"cannot run {command[0]}: {error.strerror}") from error
    process.send_signal(signal.SIGSTOP)  # until the sampler is there
    with noted_interrupt() as interrupted, Sampling(process.pid, hz) as sampling:
        process.send_signal(signal.SIGCONT)
        end = math.inf if seconds is None else time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end and not interrupted:
            time.sleep(0.02)
        samples, cost = sampling.finish()
        code = _ended(process, interrupted=bool(interrupted))
    name = shlex.join(command)
    if len(samples) < 2:
        raise KeyboardInterrupt if interrupted else _too_short(name, hz)
    found = Profile(name=name, group="commands", unit="record", hz=hz, records=records, samples=samples, cost=cost)
    return found, code, bool(interrupted)


def slowdown(case: Case, hz: float, timeout: float, step: Callable[[], object] = lambda: None) -> Interval:
    """log(time of an operation while it is sampled / while it is not): paired windows, a fresh process every round."""
    window = max(SLICE_NS, round(2e9 / hz))  # two samples at least
    ratios: list[float] = []
    for _ in range(ROUNDS):
        with Contestant(_contender(case), {}, timeout) as process:
            process.ready()
            loops = loops_for(process, window)
            with Sampling(process.pid, hz) as sampling:
                times: tuple[list[float], list[float]] = ([], [])  # without, with
                for _ in range(PAIRS):
                    for sampled in random.sample((False, True), 2):
                        (sampling.resume if sampled else sampling.suspend)()
                        times[sampled].append(process.slice(loops)[0])
                sampling.resume()
                sampling.finish()
            ratios.append(log_ratio(*times))
        step()
    return trimmed_mean(ratios, LEVEL)


def _contender(case: Case) -> Contender:
    return Contender(case.name, [sys.executable, *worker.program("profiling.workload"), case.address])


def _too_short(name: str, hz: float) -> BenchError:
    return BenchError(f"{name} ended before its second sample at {hz:g} Hz: a higher --hz, or a longer run, shows more")


def _ended(process: subprocess.Popen[bytes], interrupted: bool) -> int:
    """Its exit code. After Ctrl-C it has a while to end by itself, since the terminal has told it, too."""
    if process.poll() is None and not interrupted:
        process.terminate()
    try:
        return process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


@contextmanager
def noted_interrupt() -> Iterator[list[int]]:
    """Ctrl-C fills the list instead of tearing an exchange apart; a second one has its usual effect."""
    seen: list[int] = []

    def note(number: int, _: object) -> None:
        seen.append(number)
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)
