"""Instrument `time`: how long? pyperf's calibrated worker processes around the compiled loop."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

import pyperf
from rich.console import Console

from . import worker
from .case import Case
from .discovery import add_preset, add_selection, find
from .display import Progress, tables
from .errors import FAILED, OK, BenchError, exit_code
from .results import ResultFile, measurements

# Preset quick is a first look: small inputs, three processes a case, of which the first verifies and calibrates. Its
# results are marked preliminary.
QUICK = {"processes": 2, "values": 3, "min_time": 0.02}


def script() -> None:
    """fastpaths.bench.main: `fastpaths time` for the script that is running."""
    path = Path(sys.modules["__main__"].__file__ or "")
    sys.exit(exit_code(path.name, lambda: run(sys.argv[1:], path.name, path)))


def run(argv: Sequence[str], prog: str, script: Path | None = None) -> int:
    """Measure what the arguments ask for: the cases of `script`, or of the project's case files."""
    session = Session(argv, prog)
    requests = session.args.cases
    if script is not None:
        requests = [request if "::" in request else f"{script}::{request}" for request in requests] or [str(script)]
    return session.measure(*find(requests, session.args.preset))


class Session:
    """One run of pyperf's Runner over many cases. A process can hold only one."""

    def __init__(self, argv: Sequence[str], prog: str) -> None:
        self._is_quick = _preset(argv) == "quick"
        self._runner = pyperf.Runner(
            program_args=worker.PROGRAM,
            add_cmdline_args=self._complete_worker,
            **(QUICK if self._is_quick else {}),
        )
        parser = self._runner.argparser
        parser.prog, parser.description = prog, f"{__doc__} Options not about CASE are pyperf's own."
        add_selection(parser)
        parser.add_argument("--json", action="store_true", help="print pyperf's JSON instead of tables")
        parser.parse_args = parser.parse_intermixed_args  # a CASE may follow an option
        self.args = _parsed(self._runner, argv)
        self._loops = self.args.loops  # 0: to be found for each case
        self._results = ResultFile.opened(self.args.output, self.args.append)
        self.args.output = self.args.append = None  # ours to write: whole after every case
        self.args.quiet = not self.args.verbose  # the table says how stable a result is
        self._case: Case | None = None
        self._progress: Progress | None = None

    def _complete_worker(self, command: list[str], args: argparse.Namespace) -> None:
        """pyperf calls this before it starts each worker."""
        assert self._case is not None
        assert self._progress is not None
        command += [self._case.address, "--preset", args.preset]
        self._progress.step()

    def measure(self, cases: Sequence[Case], broken: Sequence[BenchError]) -> int:
        """Verify and time each case; what fails is reported, and does not keep the others from being measured."""
        failures: list[str] = [str(error) for error in broken]
        done: list[pyperf.Benchmark] = []
        try:
            with Progress(len(cases), steps=self.args.processes + (not self._is_quick)) as self._progress:
                for self._case in cases:
                    self._progress.start(self._case.name)
                    try:
                        bench, line = self._time(self._case)
                    except BenchError as error:
                        failures.append(str(error))
                        self._progress.finish(str(error))
                        continue
                    self._progress.finish(line)
                    if bench is not None:
                        done.append(bench)
                        if self._results is not None:
                            self._results.add(bench)
        finally:
            self._report(done, failures)
        return FAILED if failures else OK

    def _time(self, case: Case) -> tuple[pyperf.Benchmark | None, str]:
        program = [self.args.python, *worker.PROGRAM]
        if self._is_quick and not self._loops:
            self.args.loops = worker.calibrated(case.address, program, self.args.min_time, self.args.timeout)
        else:
            worker.verified(case.address, program, self.args.timeout)
        said = io.StringIO()
        try:
            with redirect_stdout(said):
                bench = self._runner.bench_time_func(case.name, _never_called)
        except SystemExit as stop:
            if isinstance(stop.__context__, KeyboardInterrupt):  # pyperf makes an exit code of it
                raise KeyboardInterrupt from None
            raise BenchError(f"{case.name}: {said.getvalue().strip() or f'pyperf exited with {stop.code}'}") from None
        except RuntimeError as error:
            raise BenchError(f"{case.name}: its worker failed ({error}); what it said stands above") from None
        return bench, said.getvalue().strip().lstrip(".").strip()

    def _report(self, done: Sequence[pyperf.Benchmark], failures: Sequence[str]) -> None:
        console = Console(quiet=self.args.json)
        rows = measurements(done)
        for table in tables(rows):
            console.print()
            console.print(table)
        if any(row.preliminary for row in rows):
            console.print(
                "\nPreliminary: preset quick, small inputs and few processes. --preset default measures properly."
            )
        if stale := {build for bench in done if (build := bench.get_metadata().get("fastpaths_build_stale"))}:
            console.print(f"\nStale build: {', '.join(sorted(stale))} changed since. Rebuild before believing this.")
        if done and self._results is not None:
            console.print(f"\nWritten to {self._results.path}; pyperf stats, hist and compare_to read it.")
        if done and self.args.json:
            pyperf.BenchmarkSuite(done).dump(sys.stdout)
        if failures:
            print(f"\nNot measured ({len(failures)}):", *failures, sep="\n  ", file=sys.stderr)


def _never_called(loops: int) -> float:
    raise AssertionError("only workers measure")


def _preset(argv: Sequence[str]) -> str:
    """The preset, before the parser is made whose defaults depend on it."""
    early = argparse.ArgumentParser(add_help=False)
    add_preset(early)
    return str(early.parse_known_args(argv)[0].preset)


def _parsed(runner: pyperf.Runner, argv: Sequence[str]) -> argparse.Namespace:
    complaint = io.StringIO()
    try:
        with redirect_stdout(complaint if "-h" not in argv and "--help" not in argv else sys.stdout):
            args: argparse.Namespace = runner.parse_args(argv)
    except SystemExit as stop:
        if stop.code == 1:  # pyperf prints its own objections and exits with 1, which here means a regression
            said = complaint.getvalue().strip().removeprefix("ERROR: ")
            raise BenchError(f"{said}; --append adds to it" if "already exists" in said else said) from None
        raise
    return args
