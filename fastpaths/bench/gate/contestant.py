"""The controller's end of a process that serves slices (see slices.py)."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import BenchError


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the two operations of a pair: its name for messages, and the command that serves its slices."""

    label: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class About(NamedTuple):
    """What an operation is: calls of its function that make one loop; items and bytes that one call handles."""

    calls: int
    items: int
    unit: str
    nbytes: int | None


class Contestant:
    """A contender's process during one round; leaving the context ends it."""

    def __init__(self, contender: Contender, environment: Mapping[str, str], timeout: float) -> None:
        self._label, self._timeout = contender.label, timeout
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed in __exit__)
        self._process = subprocess.Popen(
            contender.command,
            env={**os.environ, **environment, **contender.environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            bufsize=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._poll = select.poll()
        self._poll.register(self._answers, select.POLLIN)

    def __enter__(self) -> Contestant:
        return self

    def __exit__(self, kind: object, *exc_info: object) -> None:
        self._requests.close()  # ends its loop
        try:
            self._process.wait(5 if kind is None else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._answers.close()
        self._errors.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def ready(self) -> About:
        """Wait until its set-up is done."""
        return About(**json.loads(self._answer("its set-up")))

    def slice(self, loops: int) -> tuple[int, int]:
        """Time `loops` loops: (wall, CPU of the process) in nanoseconds."""
        wall, cpu = self.ask(b"%d\n" % loops, f"{loops} loops").split()
        return int(wall), int(cpu)

    def ask(self, request: bytes, doing: str) -> bytes:
        """Send a line, and wait for the line that answers it."""
        try:
            self._requests.write(request)
        except BrokenPipeError:
            raise self._died() from None
        return self._answer(doing)

    def _answer(self, doing: str) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            if not self._poll.poll(self._timeout * 1000):
                raise BenchError(f"{self._label}: {doing} took more than {self._timeout:g} s (--timeout)")
            if not (piece := os.read(self._answers.fileno(), 65536)):
                raise self._died()
            line += piece
        return line

    def _died(self) -> BenchError:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            return BenchError(f"{self._label}: its process closed its output")
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return BenchError(f"{self._label}: its process {how}{said and ':'}\n{said}".strip())
