"""Instrument `profile`: memory, CPU, garbage collection, I/O of a case, or of any command, over time."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from .. import arguments, identity
from ..case import Case
from ..discovery import add_selection, find
from ..display import Progress
from ..errors import FAILED, INTERRUPTED, OK, BenchError, exit_code
from ..gate.intervals import Interval
from . import showing
from .measuring import SLICE_NS, profile, profile_command, slowdown
from .profile import Profile

FORMAT, SCHEMA = "fastpaths-profile", 1
EPILOG = """\
Another process samples the one that works, so that the sampler is in none of its samples; what sampling cost is told.
A case runs as a program would run it, with the garbage collector on; what it asks of memory is counted in a process of
its own, since tracing would slow it down. What a process starts is sampled with it: sizes and counts are sums.

Exit codes: 0 done, 2 something could not be measured or the command failed, 130 interrupted (what was measured is
shown and written).
"""


@dataclass(slots=True)
class Session:
    """What has been profiled so far; whatever ends it, that is shown and written."""

    profiles: list[Profile] = field(default_factory=list)
    slowdowns: dict[str, Interval] = field(default_factory=dict)  # by case, of being sampled: --cost
    failures: list[str] = field(default_factory=list)
    interrupted: bool = False
    asked: str = "one command"
    partial: Profile | None = None  # the last one, where Ctrl-C cut it short

    @property
    def code(self) -> int:
        return INTERRUPTED if self.interrupted else FAILED if self.failures else OK

    def cases(self, cases: Sequence[Case], args: argparse.Namespace) -> None:
        self.asked = f"{len(cases)} cases"
        seconds = 10.0 if args.seconds is None else args.seconds
        with Progress(len(cases), steps=max(1, round(seconds / (SLICE_NS / 1e9)))) as progress:
            for case in cases:
                progress.start(case.name)
                try:
                    found, self.interrupted = profile(case, args.hz, seconds, args.timeout, progress.step)
                    self._keep(found)
                    if args.cost and not self.interrupted:
                        progress.start(f"{case.name}: what sampling costs it")
                        self.slowdowns[case.name] = slowdown(case, args.hz, args.timeout)
                except BenchError as error:
                    self.failures.append(str(error))
                except KeyboardInterrupt:
                    self.interrupted = True
                progress.finish("")
                if self.interrupted:
                    break

    def command(self, command: Sequence[str], args: argparse.Namespace) -> None:
        found, code, self.interrupted = profile_command(command, args.hz, args.seconds, args.records)
        self._keep(found)
        if code and not self.interrupted and args.seconds is None:
            self.failures.append(f"{found.name} ended with exit code {code}")

    def _keep(self, found: Profile) -> None:
        self.profiles.append(found)
        if self.interrupted:
            self.partial = found

    def interruption(self) -> str:
        """How much of what was asked for there is."""
        whole = len(self.profiles) - (self.partial is not None)
        begun = f", and one for {self.partial.seconds:.1f} s only" if self.partial else ""
        return f"interrupted; of {self.asked} {whole} were profiled to the end{begun}"

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "schema": SCHEMA,
            "machine": identity.machine(),
            "python": platform.python_version(),
            "build": identity.build(),
            "date": datetime.now(UTC).isoformat("T", "seconds"),
            "interrupted": self.interrupted,
            "profiles": [found.as_json() for found in self.profiles],
            "slowdowns": {name: interval._asdict() for name, interval in self.slowdowns.items()},
            "failures": self.failures,
        }


def script() -> None:
    """`fastpaths profile` for the script that is running: its own cases, where none are named."""
    path = Path(sys.modules["__main__"].__file__ or "")
    sys.exit(exit_code(path.name, lambda: run(sys.argv[1:], path.name, path)))


def run(argv: Sequence[str], prog: str, script: Path | None = None) -> int:
    argv, command = _split(argv)
    args = _parser(prog).parse_intermixed_args(argv)
    session = Session()
    if command:
        if args.cases:
            raise BenchError(f"give either cases or a command after --, not both: {args.cases[0]} is a case")
        session.command(command, args)
    else:
        requests = args.cases
        if script is not None:
            requests = [r if "::" in r else f"{script}::{r}" for r in requests] or [str(script)]
        cases, broken = find(requests, args.preset)
        session.failures.extend(map(str, broken))
        session.cases(cases, args)
    _report(session, args)
    if session.interrupted:
        print(f"{prog}: {session.interruption()}", file=sys.stderr)
    return session.code


def _split(argv: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What stands before `--`, and the command after it."""
    if "--" not in argv:
        return argv, ()
    place = argv.index("--")
    if not argv[place + 1 :]:
        raise BenchError("there is no command after --")
    return argv[:place], argv[place + 1 :]


def _parser(prog: str) -> argparse.ArgumentParser:
    usage = f"{prog} [options] CASE… | {prog} [options] -- COMMAND"
    parser = arguments.parser(prog, __doc__, EPILOG, usage=usage)
    add_selection(parser)
    option = parser.add_argument
    option("--hz", type=arguments.positive, default=10, metavar="N", help="samples a second (default: %(default)g)")
    option(
        "--seconds",
        type=arguments.positive,
        metavar="S",
        help="for a case (default: 10); for a command, to end it then",
    )
    option("--records", type=arguments.whole, metavar="N", help="how many a command handles, for what is told a record")
    option("--cost", action="store_true", help="also measure how much sampling slows each case down: paired windows")
    option(
        "--timeout",
        type=arguments.positive,
        default=60,
        metavar="SECONDS",
        help="for a set-up, or what is asked of a case (default: %(default)g)",
    )
    arguments.add_output(parser, "every sample")
    return parser


def _report(session: Session, args: argparse.Namespace) -> None:
    showing.show(Console(quiet=args.json), session.profiles, session.slowdowns)
    arguments.deliver(args, session.as_json(), found=bool(session.profiles or session.failures))
    if session.failures:
        print(f"Not profiled ({len(session.failures)}):", *session.failures, sep="\n  ", file=sys.stderr)
