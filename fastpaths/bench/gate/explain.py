"""Instrument `explain`: why this verdict? The decision after every look, made again from the saved rounds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import arguments
from ..discovery import matches_any
from ..errors import OK, BenchError
from .comparison import Outcome, bounds_as_json, load
from .summary import headline, looks, named, notes, story

SCHEMA = "fastpaths-explain/1"


def run(argv: Sequence[str], prog: str) -> int:
    parser = arguments.parser(prog, __doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="what `fastpaths compare` kept")
    parser.add_argument("cases", nargs="*", default=[], metavar="CASE", help="as for the other commands (default: all)")
    arguments.add_output(parser, "the decision after every look")
    args = parser.parse_intermixed_args(argv)
    comparison = load(args.file)
    outcomes = [*comparison.controls, *comparison.outcomes]
    chosen = [o for o in outcomes if not args.cases or matches_any(o.name, args.cases)]
    if not chosen:
        raise BenchError(
            f"{args.file} has no case like {' or '.join(args.cases)}; it has {'; '.join(o.name for o in outcomes)}"
        )
    arguments.deliver(args, {"schema": SCHEMA, "cases": list(map(_as_json, chosen))})
    if args.json:
        return OK
    print(f"A: {named(comparison.a)}\nB: {named(comparison.b)}")
    print(f"{headline(comparison)}\n")
    for outcome in chosen:
        print(*story(outcome), "", sep="\n")
    print(*notes(comparison), sep="\n")
    return OK


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "missing": outcome.missing,
        "error": outcome.error or outcome.note,
        "looks": [
            {
                "rounds": rounds,
                "fresh": fresh,
                "verdict": decision.verdict,
                "reason": decision.reason,
                "log_ratio": bounds_as_json(decision),
            }
            for rounds, fresh, decision in (looks(outcome) if outcome.measured else ())
        ],
    }
