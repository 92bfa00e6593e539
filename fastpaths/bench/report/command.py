"""Instrument `report`: show me. What result files say, on one page that needs nothing but a browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
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
    files = {path.resolve(): path for path in args.files}  # each once, however often it is named
    found = [(path, section) for path in files.values() for section in sections(path, files)]
    alike = Counter(section.anchor for _, section in found)
    shown = [
        section if alike[section.anchor] == 1 else replace(section, source=str(path.with_name(section.source)))
        for path, section in found
    ]
    page = render(shown, args.title, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    arguments.write(args.output, page)
    print(f"Written to {args.output}: {len(page) / 1e6:.1f} MB, and all of it: it opens without a network.")
    return OK
