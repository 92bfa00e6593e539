"""Instrument `selfcheck`: what can this machine tell apart? Equal operations and known slowdowns through the gate."""

from __future__ import annotations

import json
import math
import os
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from . import arguments, cache, identity, reference, worker
from .display import Progress
from .errors import FAILED, INTERRUPTED, OK, BenchError
from .gate.contestant import Contender
from .gate.decision import Decision, Gate, Round
from .gate.pairing import Pair, last_core
from .gate.verdict import Verdict, percent

KINDS = ("dict_get", "json_dumps", "build_list", "crc32", "scattered", "sort")
SLOWDOWNS = (2, 5, 10)  # percent
SCHEMA, SAVED = "fastpaths-selfcheck/1", "selfcheck.json"


@dataclass(frozen=True, slots=True)
class Trial:
    """One comparison whose truth is known: B does `slower` percent more work than A."""

    kind: str
    slower: int
    decision: Decision
    seconds: float

    @property
    def right(self) -> bool:
        """An equal pair is not called different; a slowdown of the tolerance or more is found."""
        changed = self.decision.verdict in (Verdict.REGRESSED, Verdict.IMPROVED)
        return self.decision.verdict is Verdict.REGRESSED if self.slower else not changed


def attempt(
    kind: str, slower: int, gate: Gate, core: int | None, on_round: Callable[[], object] = lambda: None
) -> Trial:
    """Put a reference case against the version of it that is `slower` percent slower through the gate."""
    start = time.monotonic()
    decision = decided((f"{kind}[slower=0]", f"{kind}[slower={slower}]"), gate, core, on_round)
    return Trial(kind, slower, decision, time.monotonic() - start)


def decided(
    names: tuple[str, str], gate: Gate, core: int | None, on_round: Callable[[], object], alternate: bool = False
) -> Decision:
    """The gate's decision on two reference cases, as `compare` comes to it on two sides of one."""
    slices = [sys.executable, *worker.program("slices")]
    contenders = [Contender(name, [*slices, f"{reference.__file__}::reference/{name}"]) for name in names]
    pair = Pair(*contenders, same_loops=True, alternate=alternate, core=core)
    rng = random.SystemRandom()
    first: list[Round] = []
    repeat: list[Round] = []
    while not (decision := gate.decide(first, repeat)).final:
        (repeat if decision.needs_repeat else first).append(pair.round(rng.getrandbits(32)).ratios)
        on_round()
    return decision


def run(argv: Sequence[str], prog: str) -> int:
    parser = arguments.parser(prog, __doc__)
    parser.add_argument(
        "--tolerance",
        type=arguments.fraction,
        default="5",
        metavar="PERCENT",
        help="as for `fastpaths compare` (default: %(default)s)",
    )
    parser.add_argument(
        "--rounds", type=arguments.whole, default=40, help="budget of a comparison (default: %(default)s)"
    )
    parser.add_argument("--affinity", type=arguments.core, metavar="CPU", help="core to measure on (default: the last)")
    arguments.add_output(parser, "every comparison")
    args = parser.parse_args(argv)
    try:
        gate = Gate(tolerance=args.tolerance, budget=args.rounds)
    except ValueError as error:
        raise BenchError(str(error)) from None
    core = last_core() if args.affinity is None else args.affinity
    plan = [(kind, slower) for slower in (0, *SLOWDOWNS) for kind in KINDS]
    trials: list[Trial] = []
    interrupted = False
    try:
        with Progress(len(plan), steps=10) as progress:
            for kind, slower in plan:
                progress.start(f"{kind}, {slower} % slower" if slower else f"{kind}, equal")
                trials.append(attempt(kind, slower, gate, core, progress.step))
                progress.finish("")
    except KeyboardInterrupt:
        interrupted = True
    console = Console(quiet=args.json)
    if trials:
        console.print(table(trials))
    for line in (*([] if interrupted else summary(trials, gate)), *advice(core)):
        console.print(line, highlight=False)
    arguments.deliver(args, as_json(trials) | {"interrupted": interrupted}, found=bool(trials))
    if interrupted:
        made = f"of {len(plan)} comparisons {len(trials)} were made, which tell no noise floor"
        print(f"{prog}: interrupted; {made}", file=sys.stderr)
        return INTERRUPTED
    _save(trials)
    return OK if all(trial.right for trial in trials if not trial.slower) else FAILED


def table(trials: Iterable[Trial]) -> Table:
    """What each comparison read, by kind of operation and true slowdown."""
    by_kind: dict[str, dict[int, Trial]] = {}
    for trial in trials:
        by_kind.setdefault(trial.kind, {})[trial.slower] = trial
    drawn = Table(box=None, pad_edge=False)
    drawn.add_column("operation")
    for slower in (0, *SLOWDOWNS):
        drawn.add_column(f"{slower} % slower" if slower else "equal", justify="right")
    for kind, row in by_kind.items():
        drawn.add_row(kind, *(_cell(row[slower]) if slower in row else "" for slower in (0, *SLOWDOWNS)))
    return drawn


def _cell(trial: Trial) -> str:
    estimate = trial.decision.interval.estimate if trial.decision.interval else math.nan
    return f"{percent(estimate)} {trial.decision.verdict}"


def as_json(trials: Iterable[Trial]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "machine": identity.machine(),
        "date": datetime.now(UTC).isoformat("T", "seconds"),
        "trials": [
            {
                "operation": trial.kind,
                "slower": trial.slower / 100,
                "verdict": trial.decision.verdict,
                "log_ratio": trial.decision.interval and trial.decision.interval._asdict(),
                "right": trial.right,
                "seconds": trial.seconds,
            }
            for trial in trials
        ],
    }


def noise_floor(trials: Iterable[Trial]) -> float:
    """Half the width of the widest interval that equal operations were left with, as a fraction."""
    widths = [
        (trial.decision.interval.upper - trial.decision.interval.lower) / 2
        for trial in trials
        if not trial.slower and trial.decision.interval is not None
    ]
    return math.expm1(max(widths))


def summary(trials: Sequence[Trial], gate: Gate) -> list[str]:
    equal = [trial for trial in trials if not trial.slower]
    false_alarms = sum(not trial.right for trial in equal)
    found = {
        slower: sum(trial.decision.verdict is Verdict.REGRESSED for trial in trials if trial.slower == slower)
        for slower in SLOWDOWNS
    }
    told = [slower for slower in SLOWDOWNS if found[slower] == len(KINDS)]
    seconds = sorted(trial.seconds for trial in trials)
    return [
        "",
        f"False alarms: {false_alarms} of {len(equal)} equal pairs.",
        "Found: " + ", ".join(f"{count} of {len(KINDS)} at +{slower} %" for slower, count in found.items()) + ".",
        f"Noise floor: ±{100 * noise_floor(trials):.1f} % at {100 * gate.tolerance:g} % tolerance.",
        f"Smallest slowdown found in every kind of operation: {f'{told[0]} %' if told else 'none of these'}.",
        f"Time a comparison: {seconds[len(seconds) // 2]:.1f} s (median), start-up of all its processes included.",
    ]


def advice(core: int | None) -> list[str]:
    """What about this machine makes its measurements worse than they could be."""
    lines = []
    if core is None:
        lines.append("Processes cannot be pinned on this platform: the two sides do not share what disturbs them.")
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cpus == 1:
        lines.append("One core only: whatever else runs shares it with the measurement.")
    if hasattr(os, "getloadavg") and (load := os.getloadavg()[0]) > 1.5:
        lines.append(f"The load average is {load:.1f}: something else was running; without it there is less noise.")
    governor = Path(f"/sys/devices/system/cpu/cpu{core}/cpufreq/scaling_governor")
    if governor.is_file() and (policy := governor.read_text().strip()) != "performance":
        lines.append(f"The frequency governor of CPU {core} is {policy}: `performance` steadies it.")
    if (stolen := _stolen()) > 0.01:
        lines.append(f"The hypervisor took {stolen:.0%} of the CPU time since the start: neighbours on the host.")
    return ["", *lines] if lines else []


def _stolen() -> float:
    """Share of CPU time since boot that a hypervisor gave to others."""
    try:
        times = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    except (OSError, ValueError):
        return 0.0
    return times[7] / sum(times) if len(times) == 8 else 0.0


def _save(trials: Sequence[Trial]) -> None:
    """For `compare` to show beside its verdicts."""
    path = cache.root() / SAVED
    about = {
        "date": datetime.now(UTC).isoformat("T", "seconds"),
        "machine": identity.machine(),
        "noise_floor": noise_floor(trials),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(about) + "\n", encoding="utf-8")
    except OSError as error:
        raise BenchError(f"cannot keep the result in {path}: {error}") from error


def last() -> tuple[str, float] | None:
    """Date and noise floor of the last selfcheck on this machine."""
    try:
        about = json.loads((cache.root() / SAVED).read_text(encoding="utf-8"))
        if about["machine"] == identity.machine():
            return str(about["date"]), float(about["noise_floor"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None
