"""The trial of the gate: false alarms and slowdowns found, over many comparisons whose truth is known.

python benchmarks/gate_trial.py -o trial.json                  # about an hour; Ctrl-C keeps what there is
python benchmarks/gate_trial.py --scale 0.02 -o trial.json     # a look at it

Each comparison is what `fastpaths compare` does with one case, at its defaults: rounds in fresh processes, looks, and a
repeat of what looks changed. Equal operations must not be called different, with and without a busy neighbour; slower
ones must be found. Operations: fastpaths/bench/reference.py, 30 ns to 1 ms; bound by computing, allocation or caches.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fastpaths.bench import identity
from fastpaths.bench.display import Progress
from fastpaths.bench.errors import INTERRUPTED, OK, exit_code
from fastpaths.bench.gate.decision import Gate
from fastpaths.bench.gate.pairing import last_core
from fastpaths.bench.gate.verdict import Verdict
from fastpaths.bench.selfcheck import KINDS, Trial, attempt, decided

OTHER, SAME = "busy neighbour on the other core", "busy neighbour on the same core"
LOST = "two threads, one lock"
PLAN = [  # condition, percent slower, comparisons
    ("as it is", 0, 300),
    (OTHER, 0, 100),
    (SAME, 0, 100),
    ("as it is", 5, 60),
    ("as it is", 3, 60),
    ("as it is", 10, 30),
    (LOST, 100, 10),
]
BURNER = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])})\nwhile True: bytes(2_000_000)"


@contextmanager
def neighbour(condition: str, core: int):
    """A process that copies memory without a pause, on this core or the next."""
    if condition not in (OTHER, SAME):
        yield
        return
    where = core if condition == SAME else core - 1 if core else core + 1
    process = subprocess.Popen([sys.executable, "-c", BURNER, str(where)])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def upper_bound(events: int, trials: int) -> float:
    """95 % upper bound of a rate (Clopper and Pearson), by bisection on the binomial distribution."""
    from math import comb

    low, high = 0.0, 1.0
    for _ in range(60):
        rate = (low + high) / 2
        at_most = sum(comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(events + 1))
        low, high = (rate, high) if at_most > 0.05 else (low, rate)
    return high


def record(condition: str, trial: Trial) -> dict[str, object]:
    decision = trial.decision
    return {
        "condition": condition,
        "kind": trial.kind,
        "slower": trial.slower,
        "verdict": decision.verdict,
        "interval": decision.interval and list(decision.interval),
        "rounds": decision.rounds + decision.fresh,
        "seconds": round(trial.seconds, 2),
    }


def table(records: list[dict]) -> Table:
    drawn = Table(
        "condition", "B is slower by", "comparisons", "verdicts", "95 % bound of false alarms", "median s", box=None
    )
    for condition, slower in dict.fromkeys((r["condition"], r["slower"]) for r in records):
        rows = [r for r in records if (r["condition"], r["slower"]) == (condition, slower)]
        verdicts = Counter(r["verdict"] for r in rows)
        alarms = verdicts[Verdict.REGRESSED] + verdicts[Verdict.IMPROVED]
        drawn.add_row(
            condition,
            f"{slower} %",
            str(len(rows)),
            ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common()),
            "" if slower else f"{upper_bound(alarms, len(rows)):.2%}",
            f"{statistics.median(r['seconds'] for r in rows):.1f}",
        )
    return drawn


def lost_release(core: int | None, step) -> Trial:
    """Two threads at work that no longer releases the interpreter's lock: wall time alone can show it."""
    start = time.monotonic()
    names = "two_threads[locked=0]", "two_threads[locked=1]"
    decision = decided(names, Gate(clock="wall"), core, step, alternate=True)
    return Trial("two_threads", 100, decision, time.monotonic() - start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--scale", type=float, default=1, help="share of the comparisons to make (default: %(default)g)"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.json")
    args = parser.parse_args()
    core = last_core()
    plan = [(condition, slower, max(1, round(count * args.scale))) for condition, slower, count in PLAN]
    records: list[dict] = []
    started = datetime.now(UTC).isoformat("T", "seconds")
    code = OK
    try:
        with Progress(sum(count for *_, count in plan), steps=10) as progress:
            for condition, slower, count in plan:
                with neighbour(condition, core or 0):
                    for number in range(count):
                        kind = KINDS[number % len(KINDS)]
                        progress.start(f"{condition}, {slower} % slower")
                        if condition == LOST:
                            trial = lost_release(core, progress.step)
                        else:
                            trial = attempt(kind, slower, Gate(), core, progress.step)
                        records.append(record(condition, trial))
                        progress.finish("")
    except KeyboardInterrupt:
        code = INTERRUPTED
    about = {"machine": identity.machine(), "started": started, "python": sys.version.split()[0], "trials": records}
    args.output.write_text(json.dumps(about, indent=1) + "\n")
    Console().print(table(records))
    return code


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, main))
