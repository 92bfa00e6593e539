"""Files of `fastpaths selfcheck`: what the machine could tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..display import plural
from ..gate.intervals import Interval
from ..gate.verdict import describe
from .model import Row, Section, Table

HEADINGS = ["operation", "B is slower by", "B against A", "verdict", "took"]


def sections(data: Mapping[str, Any], path: Path) -> Iterator[Section]:
    trials = data["trials"]
    equal = [trial for trial in trials if not trial["slower"]]
    yield Section(
        title="Selfcheck",
        source=path.name,
        intro=["Equal operations and known slowdowns through the gate: what this machine can tell apart."],
        facts={"false alarms": f"{sum(not trial['right'] for trial in equal)} of {len(equal)} equal pairs"},
        tables=[Table("comparisons whose truth is known", HEADINGS, list(map(_row, trials)))],
        summary={
            "as it should be": sum(trial["right"] for trial in trials),
            plural(len(trials), "comparison"): len(trials),
        },
        identity={"machine": data["machine"], "date": data["date"]},
    )


def _row(trial: Mapping[str, Any]) -> Row:
    name, verdict, slower = trial["operation"], trial["verdict"], f"{100 * trial['slower']:g} %"
    change = describe(Interval(**trial["log_ratio"])) if trial["log_ratio"] else ""
    # Without the verdict of a row: who filters for what regressed does not look for what was made to.
    return Row(name, [name, slower, change, verdict, f"{trial['seconds']:.1f} s"])
