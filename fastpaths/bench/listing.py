"""Instrument `list`: what can be measured?"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import groupby

from . import arguments
from .case import PRESETS, Case
from .discovery import add_selection, find
from .errors import FAILED, OK, exit_code


def run(argv: Sequence[str], prog: str) -> int:
    parser = arguments.parser(prog, __doc__)
    add_selection(parser, preset=None)
    arguments.add_output(parser, "names, files, baselines and pairing")
    args = parser.parse_intermixed_args(argv)
    cases, broken = find(args.cases, args.preset)
    arguments.deliver(args, {"cases": list(map(_record, cases)), "broken": list(map(str, broken))})
    if args.json:
        return FAILED if broken else OK
    width = max(len(case.name) for case in cases) + 2
    for path, members in groupby(cases, key=lambda case: case.path):
        print(f"\n{os.path.relpath(path)}")
        for case in members:
            print(f"  {case.name:{width}} {_about(case)}")
    for error in broken:
        print(f"{prog}: {error}", file=sys.stderr)
    return FAILED if broken else OK


def _record(case: Case) -> dict[str, str | None]:
    return {
        "name": case.name,
        "path": str(case.path),
        "baseline_of": case.baseline_of,
        "pairing": case.family.pairing,
    }


def _about(case: Case) -> str:
    presets = " ".join(preset for preset in PRESETS if preset in case.presets)
    return f"{presets}, baseline of {case.family.subject.label}" if case.family.subject else presets


if __name__ == "__main__":
    sys.exit(exit_code("fastpaths list", lambda: run(sys.argv[1:], "fastpaths list")))
