"""The command line: `fastpaths COMMAND …`. Each command's module is loaded when it is called."""

from __future__ import annotations

import difflib
import signal
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from types import FrameType

from .bench.errors import BenchError, exit_code

# Command -> (module whose run(argv, prog) does it, what it answers).
COMMANDS = {
    "list": ("fastpaths.bench.listing", "what can be measured?"),
    "look": ("fastpaths.bench.look", "is it roughly right? (in this process, at once)"),
    "time": ("fastpaths.bench.timing", "how long? (pyperf's isolated, calibrated processes)"),
    "compare": ("fastpaths.bench.gate.command", "did B make it slower than A? (exit code 1 if so)"),
    "versus": ("fastpaths.bench.versus", "how many times faster than its baseline?"),
    "count": ("fastpaths.bench.counting", "how many instructions, and do they grow with N? (by valgrind)"),
    "profile": ("fastpaths.bench.profiling.command", "what does it take of memory, CPU and I/O, over time?"),
    "selfcheck": ("fastpaths.bench.selfcheck", "what can this machine tell apart?"),
    "explain": ("fastpaths.bench.gate.explain", "why this verdict?"),
    "report": ("fastpaths.bench.report.command", "show me (one page of result files, for a browser)"),
    "broker": ("fastpaths.kafka.broker", "give me a Kafka broker (until Ctrl-C)"),
}

TOPICS = {
    "Look around": ("list", "look"),
    "Measure": ("time", "versus", "count", "profile"),
    "Judge a change": ("compare", "explain", "selfcheck"),
    "Show": ("report",),
    "Kafka": ("broker",),
}

USAGE = """\
usage: fastpaths COMMAND [ARGUMENT…]

{description}

{commands}

A CASE is a name as `fastpaths list` shows it, a family's name, or a prefix of
names up to a `/`; `*` stands for anything, and `path.py::` in front confines it
to one file. Cases are found in benchmarks/*.py, or where [tool.fastpaths] cases
in pyproject.toml says.

A first session:
  fastpaths list                                  # what is there?
  fastpaths look lookup/str                       # every case below that prefix
  fastpaths time lookup/str -o times.json         # properly
  fastpaths compare HEAD . lookup/str -o gate.json
  fastpaths report times.json gate.json -o report.html

Every command but report and broker: -o FILE writes what it found, as JSON, and
--json prints that instead of tables. Where cases are listed or measured,
--preset quick|default|production chooses their sizes. Ctrl-C keeps what was
measured, and so does SIGTERM. NO_COLOR=1 does without colours; FASTPATHS_CACHE
is where what was built is kept. `fastpaths COMMAND --help` tells the rest.

Exit codes, the first that applies:
  130  interrupted by Ctrl-C or SIGTERM: what was measured is shown and kept
    2  something could not be measured; the reason is printed
    1  something regressed
    3  nothing reached a verdict (with --strict: something did not)
    0  otherwise
"""


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage(), end="")
        return 0
    if argv[0] in ("-V", "--version"):
        print(f"fastpaths {version('fastpaths')}")
        return 0
    with sigterm_as_interrupt():
        return exit_code("fastpaths", lambda: run(argv[0], argv[1:]))


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """What `timeout` or a cancelled CI job ends keeps what was measured, as after Ctrl-C."""

    def interrupt(_: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # `timeout` sends two: to its child, and to the child's group
        handler = signal.getsignal(signal.SIGINT)  # not callable where it is ignored: a shell's background job
        (handler if callable(handler) else signal.default_int_handler)(signal.SIGINT, frame)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def run(command: str, argv: list[str]) -> int:
    if command not in COMMANDS:
        close = difflib.get_close_matches(command, COMMANDS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(COMMANDS)}."
        raise BenchError(f"no command {command!r}; {hint} `fastpaths --help` explains them")
    module, _ = COMMANDS[command]
    try:
        instrument = import_module(module)
    except ModuleNotFoundError as error:
        extra = "bench,report" if command == "report" else "bench"
        raise BenchError(
            f"`fastpaths {command}` needs the package {error.name}: pip install 'fastpaths[{extra}]'"
        ) from error
    code: int = instrument.run(argv, f"fastpaths {command}")
    return code


def usage() -> str:
    width = max(map(len, COMMANDS))
    commands = "\n\n".join(
        "\n".join([f"{topic}:", *(f"  {name:{width}}  {COMMANDS[name][1]}" for name in names)])
        for topic, names in TOPICS.items()
    )
    description = textwrap.fill(import_module("fastpaths").__doc__ or "", 80)
    return USAGE.format(description=description, commands=commands)
