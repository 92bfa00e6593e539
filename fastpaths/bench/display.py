"""What a person sees: the table of each group, and how far a run has come."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import rich.progress
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from .gate.intervals import Interval
from .results import Measurement

GAP = 2  # between two columns
INDENT = 2  # of figures below a name
_PREFIXES = {1e9: "G", 1e6: "M", 1e3: "k", 1.0: "", 1e-3: "m", 1e-6: "µ", 1e-9: "n"}


def si(value: float, unit: str) -> str:
    """Three significant digits and a prefix: 1.26e-5 s is `12.6 µs`."""
    scale = next((scale for scale in _PREFIXES if abs(value) >= scale * 0.9995), 1e-9)
    scaled = value / scale
    digits = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
    return f"{scaled:.{digits}f} {_PREFIXES[scale]}{unit}".replace("  ", " ")


def plural(count: int, noun: str) -> str:
    """The noun as it stands behind a count."""
    return noun if count == 1 else f"{noun}s"


def rate(seconds: float, items: int, unit: str, nbytes: int | None) -> str:
    """Items a second and, where a case says how many bytes it handles, bytes a second."""
    rates = [si(items / seconds, f" {unit}s/s")]
    if nbytes is not None:
        rates.append(si(nbytes / seconds, "B/s"))
    return ", ".join(rates)


def comparison(ratio: float, better: str = "faster", worse: str = "slower") -> str:
    """How a case does whose baseline takes `ratio` times as long."""
    factor = max(ratio, 1 / ratio)
    digits = 0 if factor >= 100 else 1 if factor >= 10 else 2
    return f"{factor:.{digits}f}x {better if ratio >= 1 else worse}"


def bounds(interval: Interval, told: Interval | None = None) -> str:
    """Of a ratio that `comparison` tells, in the same direction: how many times faster, or how many times slower.

    told: the one whose estimate is told, where that is another one.
    """
    if math.isinf(interval.upper):
        return "unknown"
    slower = (told or interval).estimate < 0
    low, high = (-interval.upper, -interval.lower) if slower else interval[1:]
    return f"{math.exp(low):.3g} to {math.exp(high):.3g}"


class Row(Protocol):
    """What a measured case must know of itself to take its place in a table."""

    @property
    def name(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def baseline_of(self) -> str | None: ...


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Group:
    """A table of whole names and figures: where there is no room, a name has a line above its figures; then each figure
    has one."""

    title: str
    headings: Sequence[str]  # of the figures
    rows: Sequence[tuple[Text, Sequence[str]]]  # a case, its figures

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self.title, "bold")
        figures = [[heading, *texts] for heading, *texts in zip(self.headings, *(f for _, f in self.rows), strict=True)]
        name = max(len("case"), *(label.cell_len for label, _ in self.rows))
        whole = [max(map(cell_len, column)) for column in figures]
        # A heading may be broken between words, a rate between items and bytes.
        least = [max(map(cell_len, (*head.split(), *_broken(*texts).splitlines()))) for head, *texts in figures]
        room = options.max_width - GAP * len(figures)
        for widths in (whole, least):
            if name + sum(widths) <= room:
                yield self._table("case", name, widths, self.rows)
                return
        for widths in (whole, least):
            if INDENT + sum(widths) <= room:
                yield from self._below_names(widths)
                return
        for label, texts in self.rows:
            yield Text.assemble(label, overflow="fold")
            for heading, text in zip(self.headings, texts, strict=True):
                if text:
                    yield Text(f"    {heading}: {_broken(text, indent=8)}", overflow="fold")

    def _below_names(self, widths: Sequence[int]) -> RenderResult:
        yield self._table("", INDENT, widths, [])
        for label, texts in self.rows:
            yield Text.assemble(label, overflow="fold")
            if any(texts):
                yield self._table(None, INDENT, widths, [(Text(), texts)])

    def _table(
        self, heading: str | None, first: int, widths: Sequence[int], rows: Sequence[tuple[Text, Sequence[str]]]
    ) -> Table:
        """heading: of the first column; None for a table without headings."""
        table = Table(box=None, pad_edge=False, show_header=heading is not None)
        table.add_column(heading or "", width=first)
        for name, width in zip(self.headings, widths, strict=True):
            table.add_column(name, justify="right", width=width)
        for label, texts in rows:
            cells = zip(texts, widths, strict=True)
            table.add_row(label, *(Text(text if cell_len(text) <= width else _broken(text)) for text, width in cells))
        return table


def _broken(*texts: str, indent: int = 0) -> str:
    return "\n".join(texts).replace(", ", ",\n" + " " * indent)


def grouped(rows: Sequence[R], columns: Mapping[str, Callable[[R, R | None], str]]) -> Iterator[Group]:
    """A table a group: each case, and below it its baselines. Columns are heading -> text(row, the row's subject)."""
    subjects = {row.name: row for row in rows}
    for group in dict.fromkeys(row.group for row in rows):
        lines = []
        for row in families([row for row in rows if row.group == group]):
            label = row.name.removeprefix(f"{group}/")
            subject = subjects.get(row.baseline_of or "")
            lines.append(
                (
                    Text(f"  {label}") if row.baseline_of else Text(label, "bold"),
                    [text(row, subject) for text in columns.values()],
                )
            )
        yield Group(group, [*columns], lines)


def families(rows: Sequence[R]) -> list[R]:
    """In the order measured, but each baseline right after its case."""
    position = {row.name: place for place, row in enumerate(rows)}
    return sorted(
        rows,
        key=lambda row: (position.get(row.baseline_of or row.name, len(position)), row.baseline_of is not None),
    )


def tables(measurements: Sequence[Measurement]) -> Iterator[Group]:
    """The times of each group, and how each case does against its baselines."""
    columns: dict[str, Callable[[Measurement, Measurement | None], str]] = {
        "time": lambda row, _: si(row.seconds, "s"),
        "±": lambda row, _: "" if row.spread is None else f"{row.spread / row.seconds:.0%}",
        "rate": lambda row, _: rate(row.seconds, row.items, row.unit, row.nbytes),
        "the case is": lambda row, case: comparison(row.seconds_an_item / case.seconds_an_item) if case else "",
    }
    if all(row.spread is None for row in measurements):
        del columns["±"]
    return grouped(measurements, columns)


class Progress:
    """How far a run has come: a bar on a terminal, a line a case elsewhere."""

    def __init__(self, total: int, steps: int) -> None:
        """`total` cases of about `steps` steps each."""
        self._bar = rich.progress.Progress(
            TextColumn("{task.fields[doing]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._total, self._steps, self._done = total, steps, 0
        self._task = self._bar.add_task("", total=total, doing="")

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._bar.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing is drawn meanwhile, nor is stdout redirected: for a table of what is done."""
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()

    def total(self, cases: int) -> None:
        """How many cases there are, once that is known."""
        self._bar.update(self._task, total=cases)

    def say(self, text: str) -> None:
        """Something takes a while."""
        self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def start(self, name: str) -> None:
        self._bar.update(self._task, completed=self._done, doing=escape(name))

    def step(self) -> None:
        """Part of a case is done."""
        self._bar.update(self._task, advance=1 / self._steps if self._bar.tasks[0].completed < self._done + 0.9 else 0)

    def finish(self, line: str) -> None:
        """A case is done; `line` says what came of it."""
        self._done += 1
        self._bar.update(self._task, completed=self._done)
        if line:
            self.say(line)
