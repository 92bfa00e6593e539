"""Instrument `look`: is it roughly right? In this process, under a second a case after its set-up."""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console

from . import arguments
from .answers import verify
from .case import Case, Op
from .discovery import add_selection, find
from .display import Progress, tables
from .errors import FAILED, INTERRUPTED, OK, BenchError
from .results import Measurement

SCHEMA = "fastpaths-look/1"
LEAST_NS = 100_000_000  # of one repeat: far above what reading the clock and entering the loop cost
MOST_NS = 500_000_000  # of all repeats of a case


def run(argv: Sequence[str], prog: str) -> int:
    parser = arguments.parser(prog, __doc__)
    add_selection(parser, preset="quick")
    arguments.add_output(parser, "the times")
    args = parser.parse_intermixed_args(argv)
    cases, broken = find(args.cases, args.preset)
    failures = list(map(str, broken))
    seen: list[Measurement] = []
    left = Counter(case.family.group for case in cases)  # a group is shown when it is done
    console = Console(quiet=args.json)
    code = OK
    try:
        with Progress(len(cases), steps=1) as progress:
            for case in cases:
                progress.start(case.name)
                try:
                    seen.append(look(case))
                except BenchError as error:
                    failures.append(str(error))
                except Exception:  # whatever a case file raises: say it, and look at the others
                    failures.append(f"{case.name} raised\n{traceback.format_exc()}")
                progress.finish("")
                left[case.family.group] -= 1
                if not left[case.family.group]:
                    with progress.paused():
                        _show(console, seen, case.family.group)
    except KeyboardInterrupt:
        code = INTERRUPTED
        for group in +left:
            _show(console, seen, group)
    content = {"schema": SCHEMA, "cases": list(map(asdict, seen)), "failures": failures}
    arguments.deliver(args, content, found=bool(seen or failures))
    if failures:
        print(f"Not measured ({len(failures)}):", *failures, sep="\n  ", file=sys.stderr)
    if code == INTERRUPTED:
        print(f"{prog}: interrupted; of {len(cases)} cases {len(seen)} were measured", file=sys.stderr)
    return code or (FAILED if failures else OK)


def _show(console: Console, seen: Sequence[Measurement], group: str) -> None:
    for table in tables([measurement for measurement in seen if measurement.group == group]):
        console.print(table)
        console.print()


def look(case: Case) -> Measurement:
    """Verify the answer on an Op of its own, then time another: the best of up to five repeats, as timeit does."""
    with case.make() as op:
        verify(case, op)
    with case.make() as op:
        loops, first = autorange(op, case.family.gc)
        more = max(0, min(4, MOST_NS // first - 1))
        repeats = [first, *(op.time(loops, case.family.gc)[0] for _ in range(more))]
        return Measurement(
            name=case.name,
            group=case.family.group,
            baseline_of=case.baseline_of,
            seconds=min(repeats) / 1e9 / loops / op.calls,
            spread=None,
            items=op.items,
            unit=op.unit,
            nbytes=op.nbytes,
        )


def autorange(op: Op, gc: bool) -> tuple[int, int]:
    """How many loops take long enough to be timed, and the nanoseconds they took: 1, 2, 5, 10, 20, … as timeit does."""
    for magnitude in range(10):
        for digit in (1, 2, 5):
            loops = digit * 10**magnitude
            wall, _ = op.time(loops, gc)
            if wall >= LEAST_NS:
                return loops, wall
    raise BenchError("ten thousand million loops take no time: the operation does nothing")
