"""Instrument `explain`: why this verdict? The decision after every look, made again from the saved rounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .. import arguments
from ..errors import OK, BenchError
from .comparison import load
from .summary import headline, named, notes, story


def run(argv: Sequence[str], prog: str) -> int:
    parser = arguments.parser(prog, __doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="what `fastpaths compare` kept")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="part of a name (default: all)")
    args = parser.parse_intermixed_args(argv)
    comparison = load(args.file)
    outcomes = [*comparison.controls, *comparison.outcomes]
    chosen = [o for o in outcomes if not args.cases or any(case in o.name for case in args.cases)]
    if not chosen:
        raise BenchError(
            f"{args.file} has no case like {' or '.join(args.cases)}; it has {', '.join(o.name for o in outcomes)}"
        )
    print(f"A: {named(comparison.a)}\nB: {named(comparison.b)}")
    print(f"{headline(comparison)}\n")
    for outcome in chosen:
        print(*story(outcome), "", sep="\n")
    print(*notes(comparison), sep="\n")
    return OK
