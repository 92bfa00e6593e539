"""Files of `fastpaths compare`: verdicts, and the rounds behind each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..gate import summary
from ..gate.comparison import Comparison, Outcome
from ..gate.memory import changes
from .model import Chart, Row, Section, Table, rounded

MOST_DRAWN = 60  # changes in one picture: the largest


def sections(comparison: Comparison, path: Path) -> Iterator[Section]:
    outcomes = comparison.outcomes
    headings = list(summary.columns(outcomes))
    rows = [_row(outcome, outcomes) for outcome in outcomes]
    controls = [_row(control, outcomes) for control in comparison.controls]
    yield Section(
        title=f"{comparison.a['label']} against {comparison.b['label']}",
        source=path.name,
        intro=[
            f"{letter}: {summary.named(side)}" + ("" if side["built_from_source"] else " (as it was published)")
            for letter, side in summary.sides(comparison)
        ],
        facts={"verdicts": summary.headline(comparison)},
        notes=list(summary.notes(comparison)),
        tables=[
            Table("cases", headings, rows, charts=list(_changes(outcomes))),
            Table("controls: like against like, a change here is the harness's own", headings, controls),
        ],
        summary=_counts(rows),
        verified=f"answers verified on both sides: {sum(outcome.measured for outcome in outcomes)} of {len(outcomes)}",
        identity={
            "machine": comparison.machine,
            "started": comparison.started,
            **{f"{letter} {what}": text for letter, side in summary.sides(comparison) for what, text in _about(side)},
        },
    )


def _about(side: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for what, value in side.get("identity", {}).items():
        if value:
            yield what, str(value)


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    found = [row.verdict for row in rows]
    return {verdict: found.count(verdict) for verdict in dict.fromkeys(found)}


def _row(outcome: Outcome, outcomes: Sequence[Outcome]) -> Row:
    verdict = summary.verdict(outcome)
    facts = {"why": outcome.decision.reason if outcome.measured else outcome.error or outcome.note}
    facts |= {
        f"memory, {change.figure.replace('_', '-')}": str(change)
        for change in changes(outcome.memory, outcome.gate.tolerance)
    }
    return Row(
        name=outcome.name,
        cells=list(summary.columns(outcomes, outcome).values()),
        verdict=str(summary.worst(outcome)) if outcome.measured else verdict,
        facts=facts,
        charts=[_rounds(outcome)] if outcome.measured and outcome.first else [],
    )


def _rounds(outcome: Outcome) -> Chart:
    """Round by round, by the clock that decides; the interval of what was decided as dashed lines."""
    clock = outcome.gate.clock
    labelled = [("round", each) for each in outcome.first] + [("fresh round", each) for each in outcome.repeat]
    rounds = [float(number) for number in range(1, len(labelled) + 1)]
    kinds = [kind for kind, _ in labelled]
    values = [rounded(math.expm1(getattr(each.ratios, clock))) for _, each in labelled]
    interval = outcome.decision.interval
    if interval is not None and math.isfinite(interval.upper):
        for bound in (interval.lower, interval.upper):
            rounds.append(0)
            kinds.append("interval")
            values.append(rounded(math.expm1(bound)))
    described = summary.change(outcome.decision)
    return Chart(
        "rounds",
        {"round": rounds, "kind": kinds, "y": values},
        f"B against A by {clock} time, round by round: {described}; dashed: the interval.",
    )


def _changes(outcomes: Sequence[Outcome]) -> Iterator[Chart]:
    known = [
        (outcome.name, interval)
        for outcome in outcomes
        if outcome.measured and (interval := outcome.decision.interval) and math.isfinite(interval.upper)
    ]
    largest = sorted(known, key=lambda pair: -abs(pair[1].estimate))[:MOST_DRAWN]
    if largest:
        drawn = [(name, *(rounded(math.exp(bound)) for bound in interval)) for name, interval in largest]
        names, ratios, lowers, uppers = (list(column) for column in zip(*drawn, strict=True))
        few = "" if len(known) == len(largest) else f", the {MOST_DRAWN} largest of {len(known)} changes"
        yield Chart(
            "ratios",
            {"name": names, "ratio": ratios, "lower": lowers, "upper": uppers},
            f"Time of B in times that of A, with the interval{few}. Right of 1: B is slower.",
            {"x": "B / A"},
        )
