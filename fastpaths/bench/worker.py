"""A process that measures one case: `python -m fastpaths.bench.worker PATH::NAME [pyperf's options]`.

With --verify it runs the operation once, prints a digest of its answer and exits with 0, or with 2 for a wrong one, or
with 4 where the case cannot even be set up; with --calibrate SECONDS it does the same and prints how many loops take so
long; with --memory it prints what the operation asks of memory; with --count FOLDER, under cachegrind, it counts the
operation's instructions; otherwise it is one of pyperf's workers. Only the case's own file is loaded and only its own
set-up is run. The case is known by its name, never by its ordinal among the benchmarks of a script, so that no filter
can make a worker measure another one.
"""

from __future__ import annotations

import json
import platform
import signal
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from . import cachegrind, identity
from .answers import verify
from .case import Case, Op
from .errors import FAILED, OK, BenchError, exit_code
from .loading import addressed

UNAVAILABLE = 4


def program(module: str) -> list[str]:
    """Arguments that make an interpreter run a module of the harness, whatever folder it starts in (-P)."""
    return [*subprocess._args_from_interpreter_flags(), "-P", "-m", f"{__package__}.{module}"]  # type: ignore[attr-defined]


PROGRAM = program("worker")


class Unavailable(BenchError):
    """A case whose file cannot be loaded, or whose set-up fails."""


def finish(
    command: Sequence[str], what: str, timeout: float | None = None, env: Mapping[str, str] | None = None
) -> str:
    """Run a worker to its end and return what it printed; a BenchError says how `what` failed, in its own words."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=env, check=False)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{what} took more than {timeout} s (--timeout)") from None
    if run.returncode == UNAVAILABLE:
        raise Unavailable(run.stderr.strip())
    if run.returncode == FAILED:
        raise BenchError(run.stderr.strip().removeprefix("fastpaths: "))
    if run.returncode != OK:
        code = run.returncode
        end = (
            f"failed with exit code {code}" if code > 0 else f"was killed by signal {-code}, {signal.strsignal(-code)}"
        )
        raise BenchError("\n".join(filter(None, [f"{what} {end}", run.stderr.strip()])))
    return run.stdout


def verified(
    address: str, program: Sequence[str], timeout: float | None = None, env: Mapping[str, str] | None = None
) -> str:
    """Compare the operation's answer, on an Op of its own in a process of its own, and return a digest of it.

    `program` starts a worker. Raises Unavailable where the case cannot be set up, BenchError where it answers wrongly.
    """
    return _verified([*program, address, "--verify"], address, timeout, env)


def calibrated(address: str, program: Sequence[str], seconds: float, timeout: float | None = None) -> int:
    """Verified, and how many loops take at least `seconds`. One process: a first look is more starts than measuring."""
    return int(_verified([*program, address, "--calibrate", str(seconds)], address, timeout, None))


def _verified(command: Sequence[str], address: str, timeout: float | None, env: Mapping[str, str] | None) -> str:
    said = finish(command, f"{address.rpartition('::')[2]}: its verification", timeout, env)
    return said.split()[-1]  # the case may print as well


def metadata(case: Case, op: Op, preset: str) -> dict[str, str | int]:
    """What a result file keeps of a case beside its times."""
    about: dict[str, str | int] = {
        "fastpaths_preset": preset,
        "fastpaths_group": case.family.group,
        "fastpaths_items": op.items,
        "fastpaths_unit": op.unit,
        "fastpaths_gc": "enabled" if case.family.gc else "disabled",
        "fastpaths_answer": "verified",  # by the parent, before it started any worker
    }
    if case.baseline_of is not None:
        about["fastpaths_baseline_of"] = case.baseline_of
    if op.nbytes is not None:
        about["fastpaths_nbytes"] = op.nbytes
    return about | identity.metadata()


def _verify(address: str, seconds: float = 0) -> int:
    """seconds: of a calibration, after which the number of loops is printed instead of the digest."""
    try:
        case = addressed(address)
        op = case.make()
    except BenchError as error:
        print(error, file=sys.stderr)
        return UNAVAILABLE
    except Exception:
        print(f"{address.rpartition('::')[2]}: its set-up failed", file=sys.stderr)
        traceback.print_exc()
        return UNAVAILABLE
    with op:
        digest = verify(case, op)
        print(_loops(op, case.family.gc, seconds) if seconds else digest)
    return OK


def _loops(op: Op, gc: bool, seconds: float) -> int:
    """As pyperf finds them: twice as many until they take long enough."""
    loops = 1
    while op.time(loops, gc)[0] < seconds * 1e9:
        loops *= 2
    return loops


def _count(address: str, folder: Path) -> int:
    case = addressed(address)
    with case.make() as op:
        instructions, passes = cachegrind.per_pass(op, case.family.gc, cachegrind.Counter(folder))
        result = {
            "instructions": instructions / op.calls,
            "loops": passes * op.calls,
            "items": op.items,
            "unit": op.unit,
            "metadata": {"python_version": platform.python_version()} | identity.metadata(),
        }
        (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return 0


def _memory(address: str) -> int:
    from . import memory

    print(json.dumps(asdict(memory.footprint(addressed(address)))))
    return OK


def _measure() -> int:
    import pyperf

    runner = pyperf.Runner()
    runner.argparser.add_argument("address")
    runner.argparser.add_argument("--preset")
    args = runner.parse_args()
    args.worker_task = None  # this process has one benchmark, whatever its ordinal in the parent
    case = addressed(args.address)
    with case.make() as op:
        runner.bench_time_func(
            case.name,
            lambda loops: op.time(loops, case.family.gc)[0] / 1e9,
            inner_loops=op.calls if op.each_argument else None,
            metadata=metadata(case, op, args.preset),
        )
    return 0


def main(arguments: Sequence[str]) -> int:
    match arguments:
        case [address, "--verify"]:
            return _verify(address)
        case [address, "--calibrate", seconds]:
            return _verify(address, float(seconds))
        case [address, "--memory"]:
            return _memory(address)
        case [address, "--count", folder]:
            return _count(address, Path(folder))
        case _:
            return _measure()


if __name__ == "__main__":
    sys.exit(exit_code("fastpaths", lambda: main(sys.argv[1:])))
