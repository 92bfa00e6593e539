"""The process whose profile is made: `python -m fastpaths.bench.profiling.workload PATH::NAME`.

It serves slices as slices.py does, but as a program would run them: with the cyclic garbage collector on. The line
`account` is answered by a line of JSON: each of its pauses as [monotonic time, seconds, generation].
"""

from __future__ import annotations

import gc
import json
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

from ..case import Case, Op
from ..errors import exit_code
from ..slices import serve

ACCOUNT = b"account\n"


class Pauses:
    """Every collection of the garbage collector from here on."""

    def __init__(self) -> None:
        self.found: list[tuple[float, float, int]] = []
        self._start = 0.0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, info: Mapping[str, Any]) -> None:
        now = time.monotonic()
        if phase == "start":
            self._start = now
        else:
            self.found.append((self._start, now - self._start, info["generation"]))


def main(address: str) -> int:
    for number in (signal.SIGINT, signal.SIGTERM):  # they are for the controller, which still wants the account
        signal.signal(number, signal.SIG_IGN)
    pauses = Pauses()

    def answer(_: Case, op: Op, line: bytes) -> bytes:
        if line == ACCOUNT:
            return json.dumps(pauses.found).encode() + b"\n"
        return b"%d %d\n" % op.time(int(line), gc=True)

    return serve(address, answer)


if __name__ == "__main__":
    sys.exit(exit_code("fastpaths", lambda: main(sys.argv[1])))
