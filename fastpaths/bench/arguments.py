"""What the command lines of all instruments share: how they are described, and how results reach other programs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import BenchError


def parser(prog: str, doc: str, epilog: str = "", **options: Any) -> argparse.ArgumentParser:
    """For an instrument, described by the first line of its module: "Instrument `count`: how many instructions?"."""
    question = doc.partition("\n")[0].partition(": ")[2]
    return argparse.ArgumentParser(
        prog=prog,
        description=question[:1].upper() + question[1:],
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        **options,
    )


def add_output(parser: argparse.ArgumentParser, what: str) -> None:
    """The options -o FILE and --json; `deliver` does what they ask for."""
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=f"write {what} to this file, as JSON")
    parser.add_argument("--json", action="store_true", help="print that JSON instead of tables")


def deliver(args: argparse.Namespace, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, default=str) + "\n"
    if args.json:
        print(text, end="")
    if args.output is not None:
        write(args.output, text)


def write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}") from error
