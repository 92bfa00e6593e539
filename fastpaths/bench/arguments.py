"""What the command lines of all instruments share: how they are described, and how results reach other programs."""

from __future__ import annotations

import argparse
import json
import math
import os
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from .errors import BenchError

N = TypeVar("N", int, float)


def parser(prog: str, doc: str, epilog: str = "", **options: Any) -> argparse.ArgumentParser:
    """For an instrument, described by the first line of its module: "Instrument `count`: how many instructions?"."""
    question = doc.partition("\n")[0].partition(": ")[2]
    return argparse.ArgumentParser(
        prog=prog,
        description=question[:1].upper() + question[1:],
        epilog=epilog,
        formatter_class=Paragraphs,
        **options,
    )


class Paragraphs(argparse.HelpFormatter):
    """Descriptions and epilogs in paragraphs, each filled to the width of the terminal."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        fill = textwrap.TextWrapper(width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False).fill
        return "\n\n".join(fill(paragraph) for paragraph in text.strip().split("\n\n"))


def add_output(parser: argparse.ArgumentParser, what: str) -> None:
    """The options -o FILE and --json; `deliver` does what they ask for."""
    parser.add_argument("-o", "--output", type=output_file, metavar="FILE", help=f"write {what} to this file, as JSON")
    parser.add_argument("--json", action="store_true", help="print that JSON instead of tables")


def deliver(args: argparse.Namespace, content: Mapping[str, Any], found: bool = True) -> None:
    """found: whether there is anything in it; a run that was interrupted before leaves the file as it was."""
    text = json.dumps(content, indent=1, default=str) + "\n"
    if args.json:
        print(text, end="")
    if args.output is not None and found:
        write(args.output, text)


def write(path: Path, text: str) -> None:
    """Whole or not at all: what is there stays until then."""
    try:
        if path.exists() and not path.is_file():  # a terminal or a pipe
            path.write_text(text, encoding="utf-8")
            return
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}") from error


def output_file(text: str) -> Path:
    """The type of an option that names a file to write; one that cannot be is refused before anything is measured."""
    path = Path(text)
    if not path.parent.is_dir():
        raise BenchError(f"cannot write {path}: there is no folder {path.parent}")
    if path.is_dir():
        raise BenchError(f"cannot write {path}: it is a folder")
    if not os.access(path.parent, os.W_OK):
        raise BenchError(f"cannot write {path}: its folder is read-only")
    return path


def positive(text: str) -> float:
    """The type of an option that is a number above 0."""
    return _number(text, "a number above 0", float, lambda number: 0 < number < math.inf)


def whole(text: str) -> int:
    """The type of an option that is a whole number above 0."""
    return _number(text, "a whole number above 0", int, lambda number: number > 0)


def fraction(text: str) -> float:
    """The type of an option in percent: 5 is 0.05."""
    return _number(text, "a percentage above 0 and below 100", float, lambda number: 0 < number < 100) / 100


def core(text: str) -> int:
    """The type of an option that names a CPU."""
    cpus = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return _number(text, f"one of the CPUs {', '.join(map(str, sorted(cpus)))}", int, lambda number: number in cpus)


def _number(text: str, expected: str, kind: Callable[[str], N], is_right: Callable[[N], bool]) -> N:
    try:
        if is_right(number := kind(text)):
            return number
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"expected {expected}, found {text}")
