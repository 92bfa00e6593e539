"""Instrument `compare`: did B make it slower than A? Paired rounds on one core, until a verdict holds."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from .. import arguments, cache, cachegrind, selfcheck
from ..discovery import add_selection, refuse_unknown
from ..display import Progress
from ..errors import INTERRUPTED, BenchError
from ..sides import differences, prepare
from . import files, summary
from .comparing import Comparer, Settings, Watcher
from .comparison import Comparison, Outcome
from .decision import Decision
from .verdict import Verdict, exit_code

RESULT_FILES = (".json", ".json.gz")
MEASURING = ("preset", "budget", "baselines", "count", "memory", "timeout", "affinity", "markdown")  # no use to files
EPILOG = """\
A and B: a git revision, `.` (the working tree), a requirement such as kafka-python==3.0.5 (the working tree with that
dependency), a wheel or sdist, or an interpreter such as python3.13 (the working tree under it). Two pyperf files are
compared as far as unpaired runs can be; what says how to measure does not apply to them.

Verdicts: regressed and improved are changes that a repeat confirmed; unchanged means that any change is smaller than
the tolerance; inconclusive, that the budget did not suffice to tell.

Exit codes: 2 something could not be measured, 1 something regressed, 3 nothing reached a verdict (with --strict:
something did not), 0 otherwise, 130 interrupted (what was measured is kept).
"""


def run(argv: Sequence[str], prog: str) -> int:
    parser = _parser(prog)
    args = parser.parse_intermixed_args(argv)
    if args.a.endswith(RESULT_FILES) and args.b.endswith(RESULT_FILES):
        if idle := [f"--{name}" for name in MEASURING if getattr(args, name) != parser.get_default(name)]:
            raise BenchError(f"two files were measured before: {', '.join(idle)} can be given for two versions only")
        return _run_on_files(args)
    settings = Settings(
        tolerance=args.tolerance or Settings().tolerance,
        budget=args.budget,
        preset=args.preset,
        baselines=args.baselines,
        timeout=args.timeout,
        core=args.affinity,
        count=args.count,
        memory=args.memory,
    )
    if settings.count:
        cachegrind.command(Path())  # without valgrind: said before anything is built
    refuse_unknown(args.cases, args.preset)
    output = args.output or _kept()
    with Drawn() as watcher:
        a, b = prepare([args.a, args.b], watcher.say)
        with cache.alone("comparison", watcher.say):
            comparison = Comparer(a, b, settings, watcher).run(args.cases)
    console = Console(quiet=args.json)
    _show(console, comparison, args.only)
    if changed := differences(a, b):
        packages = ", ".join(f"{name} {x or 'absent'} -> {y or 'absent'}" for name, (x, y) in changed.items())
        console.print(f"Packages that differ: {packages}", markup=False, highlight=False, soft_wrap=True)
    if args.json:
        print(json.dumps(comparison.as_json(), indent=1))
    comparison.save(output)  # after the table: a full disk does not hide it
    if args.markdown:
        arguments.write(args.markdown, summary.markdown(comparison))
    kept = f"\nKept in {output}; `fastpaths explain` tells from it why each verdict fell, `report` shows it."
    console.print(kept, markup=False, highlight=False, soft_wrap=True)
    return INTERRUPTED if comparison.interrupted else comparison.exit_code(args.strict)


def _run_on_files(args: argparse.Namespace) -> int:
    outcomes, lonely = files.compare_files(
        Path(args.a), Path(args.b), args.tolerance or files.TOLERANCE, cases=args.cases
    )
    shown = [one for one in outcomes if one.decision is None or one.decision.verdict in args.only]
    files.show(shown, lonely, Console(quiet=args.json))
    arguments.deliver(args, files.as_json(outcomes, lonely))
    verdicts = [outcome.decision.verdict for outcome in outcomes if outcome.decision is not None]
    return exit_code(verdicts, failed=len(verdicts) < len(outcomes), strict=args.strict)


def _kept() -> Path:
    folder = cache.root() / "comparisons"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BenchError(f"cannot make the folder {folder}: {error.strerror}; FASTPATHS_CACHE names another") from error
    return folder / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}.json"


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = arguments.parser(prog, __doc__, EPILOG)
    parser.add_argument("a", metavar="A", help="what it was")
    parser.add_argument("b", metavar="B", help="what it is to become")
    add_selection(parser, preset="quick")
    defaults = Settings()
    option = parser.add_argument
    option(
        "--tolerance",
        type=arguments.fraction,
        metavar="PERCENT",
        help=f"smallest slowdown that must be caught (default: {100 * defaults.tolerance:g}; {100 * files.TOLERANCE:g} "
        "for two files)",
    )
    option(
        "--budget",
        type=arguments.positive,
        default=defaults.budget,
        metavar="SECONDS",
        help="time for a case, and as much again to repeat a change (default: %(default)g)",
    )
    option("--baselines", action="store_true", help="compare the baselines of cases as well")
    option("--count", action="store_true", help="count instructions as well, a witness that does not depend on noise")
    option("--memory", action="store_true", help="compare bytes a record and the peak as well; they count like time")
    option("--only", type=_verdicts, default=tuple(Verdict), metavar="VERDICT[,…]", help="show only these in the table")
    option("--strict", action="store_true", help="exit with 3 if anything is inconclusive")
    option(
        "--timeout",
        type=arguments.positive,
        default=defaults.timeout,
        metavar="SECONDS",
        help="for a set-up or a slice (default: %(default)g)",
    )
    option(
        "--affinity", type=arguments.core, metavar="CPU", help="core on which the two take turns (default: the last)"
    )
    option(
        "-o",
        "--output",
        type=arguments.output_file,
        metavar="FILE",
        help="JSON with every round (default: in the cache directory)",
    )
    option("--json", action="store_true", help="print that JSON instead of the table")
    option("--markdown", type=arguments.output_file, metavar="FILE", help="the table, for a pull request")
    return parser


def _verdicts(text: str) -> tuple[Verdict, ...]:
    try:
        return tuple(Verdict(word.strip()) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of {', '.join(Verdict)}") from None


def _show(console: Console, comparison: Comparison, only: Sequence[Verdict]) -> None:
    for letter, side in summary.sides(comparison):
        console.print(f"{letter}: {summary.named(side)}", markup=False, highlight=False)
    console.print()
    shown = [o for o in comparison.outcomes if not o.measured or {o.decision.verdict, o.memory_verdict} & {*only}]
    if shown:
        console.print(summary.table(shown, console.width))
    console.print(f"\n{summary.headline(comparison)}", highlight=False)
    for note in summary.notes(comparison):
        console.print(note, markup=False, highlight=False, soft_wrap=True)
    if floor := selfcheck.last():
        date, fraction = floor
        console.print(
            f"Noise floor of this machine: ±{fraction:.1%}, as the selfcheck of {date} found it.", highlight=False
        )
    else:
        console.print("`fastpaths selfcheck` tells what this machine can tell apart.", highlight=False)


class Drawn(Watcher):
    """Shows on stderr how far a comparison has come, and what is known so far."""

    def __init__(self) -> None:
        self._progress = Progress(0, steps=8)

    def __enter__(self) -> Drawn:
        self._progress.__enter__()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._progress.__exit__(*exc_info)

    def say(self, text: str) -> None:
        self._progress.say(text)

    def total(self, cases: int) -> None:
        self._progress.total(cases)

    def start(self, name: str) -> None:
        self._progress.start(name)

    def round(self, name: str, rounds: int, decision: Decision) -> None:
        self._progress.start(f"{name}: {rounds} rounds {summary.change(decision)}")
        self._progress.step()

    def finish(self, outcome: Outcome) -> None:
        change = summary.change(outcome.decision) if outcome.measured else ""
        self._progress.finish(f"{summary.verdict(outcome):12} {outcome.name} {change}".rstrip())
