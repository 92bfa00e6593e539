"""Instrument `versus`: how many times faster than its baseline? Paired rounds of a case and each of its baselines."""

from __future__ import annotations

import math
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from . import arguments, identity, worker
from .case import Case
from .discovery import add_selection, find
from .display import Group, Progress, bounds, comparison, grouped, rate, si
from .errors import FAILED, INTERRUPTED, OK, BenchError
from .gate.comparison import Evidence
from .gate.contestant import About, Contender
from .gate.intervals import Interval, trimmed_mean
from .gate.pairing import Pair, last_core

FORMAT, SCHEMA = "fastpaths-versus", 1
BOUNDS = ("ratio", "lower", "upper")  # as Interval has them
BY_CPU = "by CPU time"
LEVEL = 0.005  # one-sided: the intervals are of 99 %
LEAST_ROUNDS = 8
EPILOG = """\
Each CASE is measured against each of its baselines; one that is a baseline, against its case. The ratio is of the wall
time for an item, with its 99 % interval; rounds go on until that is known to the precision or the budget is spent. By
CPU time: the 99 % interval, in the same direction, of what all threads of the process take; not of what other processes
do.

Exit codes: 0 done, 2 something could not be measured, 130 interrupted (what was measured is shown and written).
"""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A case against one of its baselines."""

    name: str  # the baseline's
    group: str
    baseline_of: str  # the case's name
    interval: Interval  # of log(time of the baseline / time of the case), for an item
    rounds: int
    seconds: tuple[float, float]  # an operation of the case, of the baseline
    about: tuple[About, About]
    cpu: Interval | None = None  # as `interval`, by CPU time; None in files of before this was kept


class Interrupted(KeyboardInterrupt):
    """In the middle of a ratio, of which some rounds were measured."""

    def __init__(self, ratio: Ratio) -> None:
        self.ratio = ratio


@dataclass(frozen=True, slots=True)
class Subject:
    """The case itself, as a row above those of its baselines."""

    name: str
    group: str
    seconds: float
    about: About
    baseline_of: str | None = None


def run(argv: Sequence[str], prog: str) -> int:
    parser = arguments.parser(prog, __doc__, EPILOG)
    add_selection(parser)
    parser.add_argument(
        "--budget", type=arguments.positive, default=20, metavar="SECONDS", help="for a ratio (default: %(default)g)"
    )
    parser.add_argument(
        "--precision",
        type=arguments.positive,
        default=3,
        metavar="PERCENT",
        help="half the width of an interval that is narrow enough (default: %(default)g)",
    )
    parser.add_argument(
        "--timeout",
        type=arguments.positive,
        default=60,
        metavar="SECONDS",
        help="for a set-up or a slice (default: %(default)g)",
    )
    arguments.add_output(parser, "the ratios")
    parser.add_argument("--markdown", type=arguments.output_file, metavar="FILE", help="a table for a README")
    parser.add_argument("--svg", type=arguments.output_file, metavar="FILE", help="a picture of what is printed")
    args = parser.parse_intermixed_args(argv)
    cases, broken = find(args.cases, args.preset)
    pairs = _pairs(cases)
    if not pairs:
        raise BenchError("none of these cases has a baseline; `fastpaths list` shows which have")
    failures = list(map(str, broken))
    ratios: list[Ratio] = []
    code = OK
    try:
        with Progress(len(pairs), steps=LEAST_ROUNDS) as progress:
            for case, baseline in pairs:
                progress.start(f"{case.name} against {baseline.family.label}")
                try:
                    ratios.append(against(case, baseline, args.budget, args.precision, args.timeout, progress.step))
                    progress.finish(f"{case.name} against {baseline.family.label}: {_ratio(ratios[-1])}")
                except BenchError as error:
                    failures.append(str(error))
                    progress.finish(str(error))
    except KeyboardInterrupt as interrupt:
        code, done = INTERRUPTED, len(ratios)
        if isinstance(interrupt, Interrupted):
            ratios.append(interrupt.ratio)
    console = Console(record=args.svg is not None, width=100 if args.svg else None, quiet=args.json)
    for table in tables(ratios):
        console.print()
        console.print(table)
    if args.svg and ratios:
        arguments.write(args.svg, console.export_svg(title=prog))
    if args.markdown and ratios:
        arguments.write(args.markdown, markdown(ratios))
    arguments.deliver(args, as_json(ratios) | {"interrupted": code == INTERRUPTED}, found=bool(ratios))
    if failures:
        print(f"Not measured ({len(failures)}):", *failures, sep="\n  ", file=sys.stderr)
    if code == INTERRUPTED:
        begun = f", and one in {ratios[-1].rounds} rounds only" if len(ratios) > done else ""
        print(f"{prog}: interrupted; of {len(pairs)} ratios {done} were measured{begun}", file=sys.stderr)
    return code or (FAILED if failures else OK)


def _pairs(cases: Sequence[Case]) -> list[tuple[Case, Case]]:
    """Every chosen case with each of its baselines, and every chosen baseline with its case; none twice."""
    pairs = {}
    for case in cases:
        mine = [(case, baseline) for baseline in case.baselines] if case.subject is None else [(case.subject, case)]
        pairs.update({(subject.name, baseline.name): (subject, baseline) for subject, baseline in mine})
    return list(pairs.values())


def against(
    case: Case, baseline: Case, budget: float, precision: float, timeout: float, step: Callable[[], object]
) -> Ratio:
    """Verify both, then measure rounds until the ratio is known well enough. Interrupted: with what is known then."""
    for each in (case, baseline):
        worker.verified(each.address, [sys.executable, *worker.PROGRAM], timeout)
    contenders = [
        Contender(each.name, [sys.executable, *worker.program("slices"), each.address]) for each in (case, baseline)
    ]
    pair = Pair(
        *contenders,
        same_loops=False,
        alternate="alternate" in (case.family.pairing, baseline.family.pairing),
        core=last_core(),
        timeout=timeout,
    )
    rng = random.SystemRandom()
    end = time.monotonic() + budget
    rounds: list[Evidence] = []
    try:
        while len(rounds) < LEAST_ROUNDS or time.monotonic() < end:
            rounds.append(pair.round(rng.getrandbits(32)))
            step()
            interval = _interval(rounds, "wall")
            if len(rounds) >= LEAST_ROUNDS and interval.upper - interval.lower <= 2 * math.log1p(precision / 100):
                break
    except KeyboardInterrupt as interrupt:
        if len(rounds) < 2:  # one tells no interval
            raise
        raise Interrupted(_ratio_of(case, baseline, pair, rounds)) from interrupt
    return _ratio_of(case, baseline, pair, rounds)


def _ratio_of(case: Case, baseline: Case, pair: Pair, rounds: Sequence[Evidence]) -> Ratio:
    mine, peer = pair.about
    assert mine is not None
    assert peer is not None
    per_item = math.log(mine.items / peer.items)
    wall, cpu = (Interval(*(bound + per_item for bound in _interval(rounds, clock))) for clock in ("wall", "cpu"))
    return Ratio(
        name=baseline.name,
        group=case.family.group,
        baseline_of=case.name,
        interval=wall,
        rounds=len(rounds),
        seconds=(_median(rounds, 0), _median(rounds, 1)),
        about=(mine, peer),
        cpu=cpu,
    )


def _interval(rounds: Sequence[Evidence], clock: str) -> Interval:
    return trimmed_mean([getattr(round.ratios, clock) for round in rounds], LEVEL)


def _median(rounds: Sequence[Evidence], side: int) -> float:
    return statistics.median(round.nanoseconds[side] for round in rounds) / 1e9


def tables(ratios: Sequence[Ratio]) -> Iterator[Group]:
    """A table a group: each case, and below it its baselines with how it does against them."""
    rows: dict[str, Ratio | Subject] = {}
    for ratio in ratios:
        rows.setdefault(ratio.baseline_of, Subject(ratio.baseline_of, ratio.group, ratio.seconds[0], ratio.about[0]))
        rows[ratio.name] = ratio
    by_cpu = {BY_CPU: lambda row, _: cpu_bounds(row) if isinstance(row, Ratio) else ""} if tell_cpu(ratios) else {}
    return grouped(
        list(rows.values()),
        {
            "time": lambda row, _: si(row.seconds[1] if isinstance(row, Ratio) else row.seconds, "s"),
            "rate": lambda row, _: _rate(row),
            "the case is": lambda row, _: _ratio(row) if isinstance(row, Ratio) else "",
            "99 % interval": lambda row, _: bounds(row.interval) if isinstance(row, Ratio) else "",
        }
        | by_cpu,
    )


def _rate(row: Ratio | Subject) -> str:
    seconds, about = (row.seconds[1], row.about[1]) if isinstance(row, Ratio) else (row.seconds, row.about)
    return rate(seconds, about.items, about.unit, about.nbytes)


def _ratio(ratio: Ratio) -> str:
    return comparison(math.exp(ratio.interval.estimate))


def cpu_bounds(ratio: Ratio) -> str:
    """The interval by CPU time, in the direction that is told."""
    return bounds(ratio.cpu, ratio.interval) if ratio.cpu else ""


def tell_cpu(ratios: Sequence[Ratio]) -> bool:
    """Whether all do: else the column is left out."""
    return all(ratio.cpu is not None for ratio in ratios)


def markdown(ratios: Sequence[Ratio], made: str | None = None) -> str:
    """One row a ratio, and under the table the machine and the day: this one, now, unless `made` says it."""
    lines = ["| case | time | against | the case is | 99 % interval |", "|---|--:|---|--:|---|"]
    if with_cpu := tell_cpu(ratios):
        lines = [f"{lines[0]} {BY_CPU} |", f"{lines[1]}---|"]
    for ratio in ratios:
        baseline = ratio.name.removeprefix(f"{ratio.group}/").partition("[")[0]
        cells = [f"`{ratio.baseline_of}`", si(ratio.seconds[0], "s"), baseline, _ratio(ratio), bounds(ratio.interval)]
        if with_cpu:
            cells.append(cpu_bounds(ratio))
        lines.append(f"| {' | '.join(cells)} |")
    here = f"{identity.machine()}; CPython {platform.python_version()}; {datetime.now(UTC):%Y-%m-%d}."
    return "\n".join([*lines, "", made or here, ""])


def as_json(ratios: Sequence[Ratio]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "machine": identity.machine(),
        "python": platform.python_version(),
        "build": identity.build(),
        "date": datetime.now(UTC).isoformat("T", "seconds"),
        "level": LEVEL,
        "ratios": [_ratio_record(ratio) for ratio in ratios],
    }


def _ratio_record(ratio: Ratio) -> dict[str, Any]:
    return {
        "case": ratio.baseline_of,
        "baseline": ratio.name,
        **_bounds_record(ratio.interval),
        "cpu": _bounds_record(ratio.cpu) if ratio.cpu else None,
        "rounds": ratio.rounds,
        "seconds": dict(zip(("case", "baseline"), ratio.seconds, strict=True)),
        "about": dict(zip(("case", "baseline"), (about._asdict() for about in ratio.about), strict=True)),
    }


def _bounds_record(interval: Interval) -> dict[str, float]:
    return dict(zip(BOUNDS, map(math.exp, interval), strict=True))


def _interval_of(record: Mapping[str, float]) -> Interval:
    return Interval(*(math.log(record[bound] or math.ulp(0)) for bound in BOUNDS))


def read(data: Mapping[str, Any]) -> tuple[list[Ratio], str]:
    """The ratios of such a file, and its machine and day as `markdown` has them."""
    ratios = [
        Ratio(
            name=one["baseline"],
            group=one["case"].partition("[")[0].rpartition("/")[0],
            baseline_of=one["case"],
            interval=_interval_of(one),
            rounds=one["rounds"],
            seconds=(one["seconds"]["case"], one["seconds"]["baseline"]),
            about=(About(**one["about"]["case"]), About(**one["about"]["baseline"])),
            cpu=_interval_of(one["cpu"]) if one.get("cpu") else None,
        )
        for one in data["ratios"]
    ]
    return ratios, f"{data['machine']}; CPython {data['python']}; {data['date'][:10]}."
