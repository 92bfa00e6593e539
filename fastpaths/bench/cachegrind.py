"""Counting instructions with valgrind's cachegrind, which runs a process on a simulated core and writes down how many.

The process reads its own counter: a forked child inherits the count so far, and one that exits at once writes it down.
Start-up, set-up and resets are therefore in no difference of two readings, and everything stays as it was between them:
threads, connections, whatever an operation left behind for the next reset to undo.
"""

from __future__ import annotations

import gc
import os
import shutil
import warnings
from pathlib import Path

from .case import Op
from .errors import BenchError
from .loops import time_loops

# Two readings have 6,000 instructions of their own between them: 2,000 more at first, then always the same within 150.
ENOUGH = 2_000_000
WARM_UP, SETTLED = 32, 10  # operations, pairs of readings: CPython has then specialised their bytecode
REPEATS = 5

FIXED = {
    "PYTHONHASHSEED": "0",
    "FASTPATHS_HASH_SEED": "0",
    "OMP_NUM_THREADS": "1",  # OpenBLAS, MKL and OpenMP: how threads share work, and how long they spin, is chance
}
# What a process may need to start and to find its modules. Their values only move addresses, once a machine.
PASSED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH")


def environment() -> dict[str, str]:
    return {name: os.environ[name] for name in PASSED if name in os.environ} | FIXED


def command(folder: Path) -> list[str]:
    """What to put before the command of a process that is to be counted; it may then use Counter(folder)."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise BenchError(
            "counting instructions needs valgrind, which is not on PATH; "
            "`apt install valgrind` (dnf, pacman, zypper: the same name) provides it"
        )
    place = str(folder).replace("%", "%%")
    return [
        valgrind,
        "--tool=cachegrind",
        "--cache-sim=no",
        "--command-line-only=yes",  # no ~/.valgrindrc
        "--vgdb=no",
        "--quiet",
        f"--log-file={place}/log",
        f"--cachegrind-out-file={place}/%p.out",
    ]


def complaint(folder: Path) -> str:
    """What valgrind said of a process that it could not run on, an instruction that it does not know above all."""
    try:
        lines = (folder / "log").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(line for line in lines if line.startswith("=="))  # --pid-- remarks on the machine's caches


def instructions_in(output: bytes) -> int:
    """The total of a cachegrind file, or of its end: `summary:` and a number for each event, instructions first."""
    _, found, numbers = output.rpartition(b"summary:")
    if not found or not numbers.split():
        raise BenchError(f"cachegrind's output does not end in its summary, but in {output[-80:]!r}")
    return int(numbers.split()[0])


class Counter:
    """This process's own count of instructions, user space only, all threads together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def mark(self) -> int:
        """Note the count at this moment. `between` reads it later, so that reading it is not counted."""
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return child

    def between(self, first: int, second: int) -> int:
        return self._read(second) - self._read(first)

    def _read(self, mark: int) -> int:
        path = self._folder / f"{mark}.out"
        try:
            with path.open("rb") as file:
                file.seek(-min(256, path.stat().st_size), os.SEEK_END)
                return instructions_in(file.read())
        except OSError as error:
            raise BenchError(f"this process does not run under cachegrind: {error}") from error
        finally:
            path.unlink(missing_ok=True)  # half a megabyte each


def per_pass(op: Op, collect: bool, counter: Counter) -> tuple[float, int]:
    """Instructions of one pass of the loop, and N: what 2N passes take more than N, over N.

    With a reset, passes have to be taken singly: what one takes more than none, the median of a few; N is then 1.
    """
    gc.disable()  # between the readings too; time_loops turns it on for a case that measures it
    # Python warns of locks that other threads held at the fork: a child that does nothing but exit waits for none.
    warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)

    def taken(loops: int) -> int:
        if op.reset is not None:
            op.reset()
        before = counter.mark()
        time_loops(op.function, op.arguments, loops, each=op.each_argument, gc=collect)
        return counter.between(before, counter.mark())

    loops = max(1, ENOUGH // taken(1))
    if op.reset is not None:
        op.time(min(loops, WARM_UP), collect)
        for _ in range(min(loops, SETTLED)):
            taken(0)
        singly = sorted(taken(1) - taken(0) for _ in range(min(loops, REPEATS)))
        return singly[len(singly) // 2], 1
    while (total := taken(loops)) < ENOUGH:  # which warms up as well
        loops *= ENOUGH // total + 2
    return (taken(2 * loops) - taken(loops)) / loops, loops
