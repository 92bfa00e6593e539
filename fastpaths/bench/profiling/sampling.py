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
            text=True,
            process_group=0,  # Ctrl-C at a terminal is for the controller, which then ends the input
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        self._output.readline()  # it is ready

    def __enter__(self) -> Sampling:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._process.kill()
        self._process.wait()
        self._input.close()
        self._output.close()

    def suspend(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def finish(self) -> tuple[list[Sample], Cost]:
        """All samples; the sampler ends with its input."""
        self._input.close()
        said = self._output.read()
        if self._process.wait() or not said:
            raise BenchError("the sampler failed; what it said stands above")
        found = json.loads(said)
        return [Sample(*sample) for sample in found["samples"]], Cost(**found["cost"])
