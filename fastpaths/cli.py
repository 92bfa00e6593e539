"""The command line: `fastpaths COMMAND …`. Each command's module is loaded when it is called."""

from __future__ import annotations

import difflib
import sys
from importlib import import_module
from importlib.metadata import version

from .bench.errors import BenchError, exit_code

# Command -> (module whose run(argv, prog) does it, what it answers).
COMMANDS = {
    "list": ("fastpaths.bench.listing", "what can be measured?"),
    "look": ("fastpaths.bench.look", "is it roughly right? (in this process, at once)"),
    "time": ("fastpaths.bench.timing", "how long? (pyperf's isolated, calibrated processes)"),
    "compare": ("fastpaths.bench.gate.command", "did B make it slower than A? (exit code 1 if so)"),
    "versus": ("fastpaths.bench.versus", "how many times faster than its baseline?"),
    "count": ("fastpaths.bench.counting", "how many instructions, and do they grow with N? (valgrind's cachegrind)"),
    "profile": ("fastpaths.bench.profiling.command", "what does it take of memory, CPU and I/O, over time?"),
    "selfcheck": ("fastpaths.bench.selfcheck", "what can this machine tell apart?"),
    "explain": ("fastpaths.bench.gate.explain", "why this verdict?"),
    "report": ("fastpaths.bench.report.command", "show me (one page of result files, for a browser)"),
    "broker": ("fastpaths.kafka.broker", "give me a Kafka broker (until Ctrl-C)"),
}

USAGE = """\
usage: fastpaths COMMAND [ARGUMENT…]

{description}

commands:
{commands}

`fastpaths COMMAND --help` tells the rest.
Exit codes: 2 could not measure (the reason is printed), 1 something regressed, 3 no verdict was reached, 0 otherwise,
130 interrupted (what was measured is kept).
"""


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage(), end="")
        return 0
    if argv[0] in ("-V", "--version"):
        print(f"fastpaths {version('fastpaths')}")
        return 0
    return exit_code("fastpaths", lambda: run(argv[0], argv[1:]))


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
    commands = "\n".join(f"  {name:{width}}  {answers}" for name, (_, answers) in COMMANDS.items())
    return USAGE.format(description=import_module("fastpaths").__doc__, commands=commands)
