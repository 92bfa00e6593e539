"""A process that samples another and those that it starts: `python -m fastpaths.bench.profiling.sampler PID HZ`.

It says `ready`, and samples until its input ends or the other process does. Then it writes, as one JSON object, the
samples and what they cost it. In a process of its own it is in none of its samples, and its cost can be told.
"""

from __future__ import annotations

import contextlib
import gc
import json
import select
import sys
import time
from collections.abc import Iterable, Iterator

from ..errors import exit_code
from .readers import Ended, Look, Sample
from .tree import Tree

TOGETHER = 64  # looks that are parsed in turn: a few ms, and some hundred KB until then


def main(pid: int, hz: float) -> int:
    gc.disable()  # samples make no cycles
    print("ready", flush=True)
    samples: list[Sample] = []
    looks: list[Look] = []
    missed = tick = 0
    start, cpu = time.monotonic(), time.process_time()
    process: Tree | None = None
    while True:
        try:
            process = process or Tree(pid)
            looks.append(process.look())
        except Ended:
            break
        if len(looks) == TOGETHER:
            samples += _parsed(looks)
            looks.clear()
        behind = max(0, int((time.monotonic() - start) * hz) - tick)  # the schedule is fixed: one late delays no other
        missed += behind
        tick += behind + 1
        if _input_ended(start + tick / hz):
            break
    samples += _parsed(looks)
    cost = {"cpu": time.process_time() - cpu, "seconds": time.monotonic() - start, "missed": missed}
    print(json.dumps({"samples": samples, "cost": cost}), flush=True)
    return 0


def _parsed(looks: Iterable[Look]) -> Iterator[Sample]:
    for look in looks:
        with contextlib.suppress(Ended):
            yield look()


def _input_ended(until: float) -> bool:
    """Whether it does while this sleeps."""
    return bool(select.select([sys.stdin], [], [], max(0.0, until - time.monotonic()))[0])


if __name__ == "__main__":
    sys.exit(exit_code("fastpaths", lambda: main(int(sys.argv[1]), float(sys.argv[2]))))
