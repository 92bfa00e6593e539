"""A process that samples another and those that it starts: `python -m fastpaths.bench.profiling.sampler PID HZ`.

It says `ready`, and samples until its input ends or the other process does. Then it writes, as one JSON object, the
samples and what they cost it. In a process of its own it is in none of its samples, and its cost can be told.
"""

from __future__ import annotations

import gc
import json
import select
import sys
import time

from .readers import Ended, Sample
from .tree import Tree


def main(pid: int, hz: float) -> int:
    gc.disable()  # samples make no cycles
    print("ready", flush=True)
    samples: list[Sample] = []
    missed = tick = 0
    start, cpu = time.monotonic(), time.process_time()
    process: Tree | None = None
    while True:
        try:
            process = process or Tree(pid)
            samples.append(process.sample())
        except Ended:
            break
        behind = max(0, int((time.monotonic() - start) * hz) - tick)  # the schedule is fixed: one late delays no other
        missed += behind
        tick += behind + 1
        if _input_ended(start + tick / hz):
            break
    cost = {"cpu": time.process_time() - cpu, "seconds": time.monotonic() - start, "missed": missed}
    print(json.dumps({"samples": samples, "cost": cost}))
    return 0


def _input_ended(until: float) -> bool:
    """Whether it does while this sleeps."""
    return bool(select.select([sys.stdin], [], [], max(0.0, until - time.monotonic()))[0])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2])))
