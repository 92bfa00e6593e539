"""What a page consists of. Sections are built from result files; the template and the script draw whatever is here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of data. `spec` names one of charts.py's; `columns` are its data, as lists of equal length.

    caption: what it shows, in words that do without the picture.
    titles: of the axes, where the spec leaves them open.
    """

    spec: str
    columns: Mapping[str, Sequence[Any]]
    caption: str
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, and what is behind it: facts and charts that are shown when it is opened.

    name: what a search looks in.
    verdict: one of the words that a filter offers, or "".
    below: it belongs to the row above, as a baseline does to its case.
    """

    name: str
    cells: Sequence[str]
    verdict: str = ""
    below: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    charts: Sequence[Chart] = ()


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    headings: Sequence[str]  # the first is of the names
    rows: Sequence[Row]
    charts: Sequence[Chart] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What one file, or one kind of question, has to say.

    summary: a line of figures for the overview: what -> how many.
    verified: what was checked before anything here was measured.
    """

    title: str
    source: str
    intro: Sequence[str] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    tables: Sequence[Table] = ()
    charts: Sequence[Chart] = ()
    summary: Mapping[str, int] = field(default_factory=dict)
    verified: str = ""
    identity: Mapping[str, str] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        return re.sub(r"[^\w./]+", "-", f"{self.title}-{self.source}").strip("-").lower()


def rounded(value: float) -> float:
    """Five digits are more than a picture can show, and a third of the bytes."""
    return float(f"{value:.5g}")
