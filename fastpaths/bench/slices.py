"""One side of a pair: a process that sets a case up, then times as many loops of it as it is told, again and again.

    python -m fastpaths.bench.slices PATH::NAME

When its set-up is done it describes the operation in a line of JSON. Each line `LOOPS` on its standard input is then
answered by a line `WALL CPU`, in nanoseconds; it ends with its input. Needs the standard library alone, like all that
runs on a side.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable

from .case import Case, Op
from .errors import exit_code
from .loading import addressed


def timed(case: Case, op: Op, line: bytes) -> bytes:
    return b"%d %d\n" % op.time(int(line), case.family.gc)


def serve(address: str, answer: Callable[[Case, Op, bytes], bytes] = timed) -> int:
    answers = os.dup(1)
    os.dup2(2, 1)  # what the case prints is no answer
    case = addressed(address)
    with case.make() as op:
        op.time(1, case.family.gc)  # the first call may build caches; the slices are of a warm operation
        gc.collect()
        about = {"calls": op.calls, "items": op.items, "unit": op.unit, "nbytes": op.nbytes}
        os.write(answers, json.dumps(about).encode() + b"\n")
        for line in sys.stdin.buffer:
            os.write(answers, answer(case, op, line))
    return 0


if __name__ == "__main__":
    sys.exit(exit_code("fastpaths", lambda: serve(sys.argv[1])))
