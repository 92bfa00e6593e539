"""Finding cases: which files hold them, and which of them a command line names."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from .case import PRESETS, Case
from .errors import BenchError
from .loading import cases_in, load, unique
from .project import Project

DEFAULT_PATTERNS = ("benchmarks/*.py",)


def add_preset(parser: argparse.ArgumentParser, default: str | None = "default") -> None:
    parser.add_argument(
        "--preset",
        choices=PRESETS,
        default=default,
        help=f"sizes, where a CASE does not spell them out (default: {default or 'all'})",
    )


def add_selection(parser: argparse.ArgumentParser, preset: str | None = "default") -> None:
    """The arguments CASE… and --preset, the same for every instrument; `find` takes what they hold."""
    parser.add_argument(
        "cases",
        nargs="*",
        default=[],  # without one, argparse calls CASE required where another argument is missing
        metavar="CASE",
        help="a name as `fastpaths list` shows it, a family's name, or a prefix of names up to a `/`; `*` stands for "
        "anything; `path.py::` in front confines it to one file (default: every case of the preset)",
    )
    add_preset(parser, preset)


def case_files(start: Path | None = None) -> list[Path]:
    """The project's case files: [tool.fastpaths] cases of the nearest pyproject.toml, or benchmarks/*.py.

    A pattern that begins with `!` takes files out again. Those whose name begins with an underscore are helpers.
    """
    project = Project.around(start)
    root, patterns = project.root, project.strings("cases", DEFAULT_PATTERNS)
    files: set[Path] = set()
    for pattern in patterns:
        if pattern.startswith("!"):
            files.difference_update(root.glob(pattern[1:]))
        else:
            files.update(path for path in root.glob(pattern) if not path.name.startswith("_"))
    if not files:
        raise BenchError(f"no case files: nothing matches {' '.join(patterns)} in {root}")
    return sorted(files)


def select(cases: Sequence[Case], requests: Sequence[str], preset: str | None) -> list[Case]:
    """The cases that a command line asks for, in their files' order; everything in the preset when it names none.

    A request is an exact name, a family's name (without its [parameters]), a prefix up to a `/`, or any of these with
    `*` for anything; `path.py::` in front confines it to one file, and `path.py` alone takes the whole file. The preset
    applies wherever the request does not spell the parameters out; None stands for all presets.
    """
    if not requests:
        chosen = _in_preset(cases, preset)
        if not chosen:
            raise BenchError(f"no case belongs to preset {preset}")
        return chosen
    wanted: set[str] = set()
    for request in requests:
        path, pattern = _split(request)
        matches = [case for case in cases if _in_file(case, path) and _matches(case.name, pattern)]
        if not matches:
            raise BenchError(f"no case is named {request!r}{_nearest(cases, pattern)}")
        if "[" not in pattern:
            in_preset = _in_preset(matches, preset)
            if not in_preset:
                presets = ", ".join(sorted(matches[0].presets))
                raise BenchError(f"{request!r} has no case in preset {preset}; {matches[0].name} is in {presets}")
            matches = in_preset
        wanted.update(case.name for case in matches)
    return [case for case in cases if case.name in wanted]


def _in_preset(cases: Sequence[Case], preset: str | None) -> list[Case]:
    return [case for case in cases if preset is None or preset in case.presets]


def _split(request: str) -> tuple[str, str]:
    path, separator, pattern = request.rpartition("::")
    if not separator and request.endswith(".py"):
        path, pattern = request, "*"
    return path, pattern or "*"


def files_for(requests: Sequence[str]) -> list[Path]:
    """The files to load for these requests: the ones they name, and the project's where one names none."""
    paths = [path for path, _ in map(_split, requests)]
    named = [Path(path) for path in dict.fromkeys(paths) if path]
    return named if all(paths) and paths else list(dict.fromkeys([*case_files(), *(path.resolve() for path in named)]))


def _in_file(case: Case, path: str) -> bool:
    return not path or case.path == Path(path).resolve()


def _matches(name: str, pattern: str) -> bool:
    pattern = pattern.rstrip("/")
    regex = ".*".join(map(re.escape, pattern.split("*")))
    tail = "" if "[" in pattern else r"(/.*|\[.*\])?"
    return re.fullmatch(regex + tail, name) is not None


def matches_any(name: str, requests: Sequence[str]) -> bool:
    """Does a request name it? For names of which no case file is known."""
    return any(_matches(name, _split(request)[1]) for request in requests)


def _nearest(cases: Sequence[Case], pattern: str) -> str:
    names = {case.name for case in cases}
    names |= {case.name.partition("[")[0] for case in cases} | {case.family.group for case in cases}
    close = difflib.get_close_matches(pattern, sorted(names), n=3, cutoff=0.5)
    return f"; the nearest are {', '.join(close)}" if close else "; `fastpaths list` shows them all"


def find(requests: Sequence[str], preset: str | None) -> tuple[list[Case], list[BenchError]]:
    """Load the case files that the requests need and select from them: (cases, files that could not be loaded).

    A file that fails to load is an error only if it was named, or if nothing else answers the request.
    """
    cases, broken = _loaded(requests)
    try:
        return select(cases, requests, preset), broken
    except BenchError as error:
        raise BenchError("\n".join(map(str, [error, *broken]))) from None


def refuse_unknown(requests: Sequence[str], preset: str | None) -> None:
    """Before anything is built to measure them: raise BenchError for a request that names nothing.

    If a case file does not load here it may there, and nothing is known yet.
    """
    cases, broken = _loaded(requests)
    if not broken:
        select(cases, requests, preset)


def _loaded(requests: Sequence[str]) -> tuple[list[Case], list[BenchError]]:
    cases: list[Case] = []
    broken: list[BenchError] = []
    for path in files_for(requests):
        try:
            cases.extend(cases_in(load(path)))
        except BenchError as error:
            broken.append(error)
    return unique(cases), broken
