"""Instrument `report`: show me. What result files say, on one page that needs nothing but a browser."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from .. import arguments
from ..errors import OK
from .page import render
from .sources import READ, sections


def run(argv: Sequence[str], prog: str) -> int:
    parser = arguments.parser(prog, __doc__, f"Shown are {READ}.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what instruments wrote, in any order")
    parser.add_argument(
        "-o", "--output", type=arguments.output_file, default="report.html", metavar="FILE", help="default: %(default)s"
    )
    parser.add_argument("--title", default="Measurements", help="of the page (default: %(default)s)")
    args = parser.parse_intermixed_args(argv)
    found = [section for path in args.files for section in sections(path, args.files)]
    page = render(found, args.title, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    arguments.write(args.output, page)
    print(f"Written to {args.output}: {len(page) / 1e6:.1f} MB, and all of it: it opens without a network.")
    return OK
