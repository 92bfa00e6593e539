"""The controller's end of the sampler's process (see sampler.py)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass

from .. import worker
from ..errors import BenchError
from .readers import Sample


@dataclass(frozen=True, slots=True)
class Cost:
    """What sampling took: the sampler's own CPU time, while it sampled. Samples that were due and not taken in time."""

    cpu: float
    seconds: float
    missed: int

    @property
    def share(self) -> float:
        """Of one core."""
        return self.cpu / self.seconds if self.seconds else 0.0


class Sampling:
    """Samples a process from now until `finish`, or until it ends."""

    def __init__(self, pid: int, hz: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *worker.program("profiling.sampler"), str(pid), f"{hz:g}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._ready = self._process.stdout.readline()

    def __enter__(self) -> Sampling:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def suspend(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def finish(self) -> tuple[list[Sample], Cost]:
        out, err = self._process.communicate()
        if not self._ready or self._process.returncode:
            raise BenchError(f"the sampler failed:\n{err.strip()}")
        found = json.loads(out)
        return [Sample(*sample) for sample in found["samples"]], Cost(**found["cost"])
