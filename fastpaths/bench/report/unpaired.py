"""Files of `fastpaths compare` on two files: what runs that were not paired can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..display import si
from ..gate.intervals import Interval
from ..gate.verdict import describe
from .model import Row, Section, Table

HEADINGS = ["benchmark", "old", "new", "new against old", "verdict"]


def sections(data: Mapping[str, Any], path: Path) -> Iterator[Section]:
    rows = list(map(_row, data["benchmarks"]))
    verdicts = [row.verdict for row in rows]
    lonely = data["in_one_file_only"]
    yield Section(
        title="Two files",
        source=path.name,
        intro=["These runs were not paired: what their two sessions did not share is part of every difference."],
        notes=[f"In one file only: {', '.join(lonely)}"] if lonely else [],
        tables=[Table("benchmarks of both", HEADINGS, rows)],
        summary={verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)},
    )


def _row(benchmark: Mapping[str, Any]) -> Row:
    name, verdict = benchmark["name"], benchmark["verdict"] or "not comparable"
    old, new = (si(mean, "s") for mean in benchmark["means"])
    change = describe(Interval(**benchmark["log_ratio"])) if benchmark["log_ratio"] else ""
    said = "; ".join(filter(None, [*benchmark["warnings"], benchmark["refusal"]]))
    return Row(name, [name, old, new, change, verdict], verdict, facts={"but": said} if said else {})
