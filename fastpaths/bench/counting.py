"""Instrument `count`: how many instructions, and do they grow with N? The same answer however busy the machine is.

The same to a few parts in a hundred thousand, that is, for the same code on the same machine (threads: in a thousand).
What else a process has loaded moves an operation that allocates by up to 1.5 %: where its blocks happen to lie.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf, log
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from . import arguments, cachegrind, worker
from .case import Case
from .discovery import add_selection, find
from .display import Progress, comparison, grouped
from .errors import FAILED, OK, BenchError

SCHEMA = "fastpaths-count/1"

# What is said of a slope up to each bound. Over two decades log N has a slope of 0.05 to 0.2; below, noise and luck.
MEANINGS = (
    (-0.05, "falls: a fixed cost, shared by more items"),
    (0.05, "O(1) an item"),
    (0.25, "about O(log N) an item"),
    (0.85, "between O(log N) and O(N) an item"),
    (1.15, "O(N) an item"),
    (1.85, "between O(N) and O(N²) an item"),
    (2.15, "O(N²) an item"),
    (inf, "worse than O(N²) an item"),
)


@dataclass(frozen=True, slots=True)
class Count:
    """One case's instructions, of all its threads, in user space.

    instructions: of one operation, with the loop's own call of it; of one call where the case is an Op.each.
    loops: what twice this many operations take more, over this many; 1 where a reset has operations taken singly.
    """

    name: str
    group: str
    baseline_of: str | None
    params: Mapping[str, Any]
    instructions: float
    loops: int
    items: int
    unit: str
    metadata: Mapping[str, str]  # the worker's build and machine

    @property
    def per_item(self) -> float:
        return self.instructions / self.items


@dataclass(frozen=True, slots=True)
class Growth:
    """How a case's instructions an item grow along one parameter N: as N to the power of `slope`."""

    name: str
    over: str
    values: Sequence[float]
    slope: float

    @property
    def meaning(self) -> str:
        return next(words for bound, words in MEANINGS if self.slope <= bound)


def count(
    case: Case, program: Sequence[str] = (sys.executable, *worker.PROGRAM), timeout: float | None = None
) -> Count:
    """Verify the case's answer, then count its instructions; each in a process of its own, in cachegrind's environment.

    program: the command that starts a worker, and so the interpreter and the packages that are measured.
    timeout: of each process, in seconds.
    """
    worker.verified(case.address, program, timeout, cachegrind.environment())
    return Count(case.name, case.family.group, case.baseline_of, case.params, **counted(case.address, program, timeout))


def counted(
    address: str, program: Sequence[str], timeout: float | None = None, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Count one case in a worker under cachegrind: the fields of a Count that only a run can tell.

    environment: variables to set beside cachegrind's own.
    """
    environment = cachegrind.environment() | dict(environment or {})
    with tempfile.TemporaryDirectory(prefix="fastpaths-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        command = [*cachegrind.command(folder), *program, address, "--count", name]
        try:
            worker.finish(command, f"{address.rpartition('::')[2]}: counting it", timeout, environment)
        except BenchError as error:
            raise BenchError(f"{error}\n{cachegrind.complaint(folder)}".rstrip()) from None
        result: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    return result


def along(cases: Iterable[Case], over: str, preset: str | None) -> dict[str, list[Case]]:
    """The series that the cases lie on: all cases of their family that differ in parameter `over` alone."""
    series: dict[str, list[Case]] = {}
    for case in cases:
        if over in case.params and (name := _without(case, over)) not in series:
            members = [other for other in case.family.cases() if _without(other, over) == name]
            series[name] = [other for other in members if preset is None or preset in other.presets]
            _check_axis(name, over, [other.params[over] for other in series[name]])
    if not series:
        known = sorted({name for case in cases for name in case.params})
        raise BenchError(f"no case that was asked for has the parameter {over!r}; theirs are {', '.join(known)}")
    return series


def _without(case: Case, over: str) -> str:
    """The case's name without that parameter."""
    return case.family.case_name({name: value for name, value in case.params.items() if name != over})


def _check_axis(name: str, over: str, values: Sequence[Any]) -> None:
    if odd := [value for value in values if not isinstance(value, int | float) or value <= 0]:
        raise BenchError(f"{name}: growth over {over} needs positive numbers, not {odd[0]!r}")
    if len(set(values)) < 2:
        raise BenchError(f"{name}: growth over {over} needs two values of it, there is only {values[0]!r}")


def growth(name: str, over: str, counts: Sequence[Count]) -> Growth:
    """The least-squares line through log(instructions an item) on log(N)."""
    values = [count.params[over] for count in counts]
    line = statistics.linear_regression(list(map(log, values)), [log(count.per_item) for count in counts])
    return Growth(name, over, values, line.slope)


def run(argv: Sequence[str], prog: str) -> int:
    args = _parsed(argv, prog)
    cases, broken = find(args.cases, args.preset or (None if args.over else "default"))
    series = along(cases, args.over, args.preset) if args.over else {}
    if series:
        cases = [case for members in series.values() for case in members]
    cachegrind.command(Path())  # without valgrind: said once, not for every case
    failures = list(map(str, broken))
    counts: dict[str, Count] = {}
    try:
        with Progress(len(cases), steps=1) as progress:
            for case in cases:
                progress.start(case.name)
                try:
                    counts[case.name] = counted = count(case, timeout=args.timeout)
                except BenchError as error:
                    failures.append(str(error))
                    progress.finish(failures[-1])
                else:
                    progress.finish(f"{case.name}: {figure(counted.instructions)} instructions")
    finally:
        growths = []
        for name, members in series.items():
            done = [counts[case.name] for case in members if case.name in counts]
            if len(done) > 1:
                growths.append(growth(name, args.over, done))
        if not args.json:
            _report(list(counts.values()), growths)
        if failures:
            print(f"Not counted ({len(failures)}):", *failures, sep="\n  ", file=sys.stderr)
        arguments.deliver(args, as_json(counts.values(), growths, failures), found=bool(counts or failures))
    return FAILED if failures else OK


def _parsed(argv: Sequence[str], prog: str) -> argparse.Namespace:
    parser = arguments.parser(prog, __doc__)
    add_selection(parser)
    parser.set_defaults(preset=None)
    parser.add_argument(
        "--over",
        metavar="PARAM",
        help="count every value of this parameter (of all presets, unless --preset is given) and tell how it grows",
    )
    arguments.add_output(parser, "the counts")
    parser.add_argument(
        "--timeout", type=arguments.positive, metavar="SECONDS", help="for a case's process (default: none)"
    )
    return parser.parse_intermixed_args(argv)


def _report(counts: Sequence[Count], growths: Sequence[Growth]) -> None:
    console = Console()
    columns = {
        "instructions": lambda row, _: figure(row.instructions),
        "an item": lambda row, _: f"{figure(row.per_item)} a {row.unit}",
        "the case takes": lambda row, subject: (
            comparison(row.instructions / subject.instructions, "fewer", "more") if subject else ""
        ),
    }
    for table in grouped(counts, columns):
        console.print(table)
        console.print()
    if growths:
        console.print(_growths(growths))
        console.print()
    if stale := {build for count in counts if (build := count.metadata.get("fastpaths_build_stale"))}:
        console.print(f"Stale build: {', '.join(sorted(stale))} changed since. Rebuild before believing this.\n")


def figure(instructions: float) -> str:
    return f"{instructions:,.0f}" if instructions >= 1000 else f"{instructions:.4g}"


def _growths(growths: Sequence[Growth]) -> Table:
    over = growths[0].over
    table = Table(title=f"instructions an item over N = {over}", title_justify="left", box=None, pad_edge=False)
    table.add_column("case", overflow="fold")
    for heading in (over, "slope", "which means"):
        table.add_column(heading, justify="right" if heading == "slope" else "left")
    for line in growths:
        values = f"{min(line.values):,} … {max(line.values):,}"
        table.add_row(escape(line.name), values, f"{line.slope:.2f}", line.meaning)
    return table


def as_json(counts: Iterable[Count], growths: Iterable[Growth], failures: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "counts": [asdict(count) | {"per_item": count.per_item} for count in counts],
        "growth": [asdict(line) | {"meaning": line.meaning} for line in growths],
        "failures": failures,
    }
