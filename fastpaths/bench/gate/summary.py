"""A comparison for people: its table on a terminal, in Markdown for a pull request, and the story of one verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from ..display import si
from .comparison import Comparison, Outcome
from .decision import Decision
from .memory import WORST_FIRST, changes
from .verdict import Verdict, describe, percent

STYLES = {
    Verdict.REGRESSED: "bold red",
    Verdict.IMPROVED: "bold green",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.UNCHANGED: "",
}
MARKS = {Verdict.REGRESSED: "🔴", Verdict.IMPROVED: "🟢", Verdict.INCONCLUSIVE: "🟡", Verdict.UNCHANGED: "⚪"}
SAME_INSTRUCTIONS = 0.02  # log scale: what a process has loaded moves code that allocates by up to 1.5 %


def sides(comparison: Comparison) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    return ("A", comparison.a), ("B", comparison.b)


def named(side: Mapping[str, Any]) -> str:
    """What the user typed, and what it turned out to be."""
    label, title = side["label"], side["title"]
    return title if label in title else f"{label} ({title})"


def table(outcomes: Sequence[Outcome], width: int) -> Table:
    """One row a case: the time of an operation on each side, the change with its interval, the verdict.

    width: of the terminal. Where that is too little, the case has a row of its own, above its others.
    """
    rows = [list(columns(outcomes, outcome).values()) for outcome in outcomes]
    headings = list(columns(outcomes))
    needed = sum(2 + max(map(len, column)) for column in zip(headings, *rows, strict=True))
    narrow = needed > width
    drawn = Table(box=None, pad_edge=False, show_header=not narrow)
    if narrow:
        drawn.add_column(overflow="fold")
    else:
        for name in headings:
            drawn.add_column(name, justify="left" if name in ("case", "verdict") else "right", no_wrap=True)
    for outcome, row in zip(outcomes, rows, strict=True):
        style = STYLES[worst(outcome)] if outcome.measured else "red" if outcome.error else "dim"
        drawn.add_row(*map(escape, [_below_its_name(headings, row)] if narrow else row), style=style)
    return drawn


def _below_its_name(headings: Sequence[str], row: Sequence[str]) -> str:
    """What is said of a case, but for headings of what is plain."""
    plain = "B against A", "verdict"
    cells = zip(headings[1:], row[1:], strict=True)
    return f"{row[0]}\n  {'  '.join(cell if heading in plain else f'{heading} {cell}' for heading, cell in cells)}"


def columns(outcomes: Sequence[Outcome], outcome: Outcome | None = None) -> dict[str, str]:
    """Heading -> what it says of an outcome; instructions only where any of the outcomes were counted."""
    said = dict.fromkeys(("case", "A", "B", "B against A", "verdict"), "")
    if any(each.instructions for each in outcomes):
        said["instructions"] = ""
    if any(each.memory for each in outcomes):
        said["memory"] = ""
    if outcome is None:
        return said
    said["case"] = outcome.name
    said["verdict"] = verdict(outcome)
    if outcome.measured and outcome.first:
        said["A"], said["B"] = (si(outcome.nanoseconds(side) / 1e9, "s") for side in (0, 1))
        said["B against A"] = change(outcome.decision)
    if outcome.instructions is not None:
        said["instructions"] = percent(growth(outcome))
    if outcome.memory:
        said["memory"] = outcome.memory_verdict or "too little to judge"
    return said


def worst(outcome: Outcome) -> Verdict:
    """Of its time and its memory."""
    found = {outcome.decision.verdict, outcome.memory_verdict}
    return next(verdict for verdict in WORST_FIRST if verdict in found)


def verdict(outcome: Outcome) -> str:
    if outcome.measured:
        return outcome.decision.verdict
    return "failed" if outcome.error else f"missing on {outcome.missing}"


def change(decision: Decision) -> str:
    return describe(decision.interval) if decision.interval else ""


def headline(comparison: Comparison) -> str:
    """How many of each verdict."""
    counts = {verdict.value: comparison.verdicts.count(verdict) for verdict in Verdict}
    counts["failed"] = sum(bool(outcome.error) for outcome in comparison.outcomes)
    for side in "AB":
        counts[f"missing on {side}"] = sum(outcome.missing == side for outcome in comparison.outcomes)
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "nothing was compared"
    memory = comparison.memory_verdicts
    counted = ", ".join(f"{memory.count(verdict)} {verdict}" for verdict in Verdict if verdict in memory)
    return f"{said}; memory: {counted}" if counted else said


def notes(comparison: Comparison) -> Iterator[str]:
    """What a reader must know beside the table, most important first."""
    for control in comparison.disturbed:
        yield (
            f"Do not believe this run: {control.name} are the same, and were called {control.decision.verdict} "
            f"({change(control.decision)})."
        )
    for outcome in (*comparison.controls, *comparison.outcomes):
        if outcome.error:
            yield f"{outcome.name} failed: {outcome.error}"
        elif outcome.missing:
            yield f"{outcome.name} is missing on {outcome.missing}: {outcome.note.splitlines()[0]}"
    for outcome in comparison.outcomes:
        if outcome.measured and (excess := outcome.decision.wall_excess) is not None:
            yield f"{outcome.name}: wall time tells another story than CPU time ({percent(excess)} beyond it)."
        if outcome.measured and outcome.instructions and (text := disagreement(outcome)):
            yield f"{outcome.name}: {text}"
        for found in changes(outcome.memory, outcome.gate.tolerance):
            if outcome.measured and found.verdict is not Verdict.UNCHANGED:
                yield f"{outcome.name}: memory {found}."
    for letter, side in sides(comparison):
        if not side["built_from_source"]:
            yield f"{letter} is measured as it was published: its compiler flags may be a part of a difference."
    if comparison.interrupted:
        yield "Interrupted: what had been measured is shown."


def growth(outcome: Outcome) -> float:
    """log(B / A) of the instructions that were counted."""
    assert outcome.instructions is not None
    a, b = outcome.instructions
    return math.log(b / a)


def disagreement(outcome: Outcome) -> str:
    """What it usually means that time and instructions tell different stories; empty where they agree."""
    moved = abs(growth(outcome)) >= SAME_INSTRUCTIONS
    match outcome.decision.verdict, moved:
        case ((Verdict.REGRESSED | Verdict.IMPROVED), False):
            return "its time changed and its instructions did not: memory, branches, or where the code happens to lie."
        case Verdict.UNCHANGED, True:
            return f"it executes {percent(growth(outcome))} instructions in the same time: others hide them."
        case Verdict.INCONCLUSIVE, True:
            return f"its time is undecided, but it executes {percent(growth(outcome))} instructions."
        case Verdict.INCONCLUSIVE, False:
            return "its time is undecided, and its instructions did not change."
    return ""


def markdown(comparison: Comparison) -> str:
    """For a pull request."""
    headings = list(columns(comparison.outcomes))
    lines = [
        f"### fastpaths: {headline(comparison)}",
        "",
        *(f"{letter}: {named(side)}  " for letter, side in sides(comparison)),
        "",
        f"| | {' | '.join(headings)} |",
        f"|---|---|{'--:|' * (len(headings) - 1)}",
    ]
    for outcome in comparison.outcomes:
        name, *rest = columns(comparison.outcomes, outcome).values()
        mark = MARKS[worst(outcome)] if outcome.measured else "❌" if outcome.error else "-"
        lines.append(f"| {mark} | `{name}` | {' | '.join(rest)} |")
    lines += ["", *(f"- {note}" for note in notes(comparison))]
    lines += ["", f"{comparison.machine}; {comparison.started}"]
    return "\n".join(lines) + "\n"


def story(outcome: Outcome) -> Iterator[str]:
    """Why a verdict fell as it did: the decision after every look, made again from the saved rounds."""
    yield outcome.name
    if not outcome.measured:
        yield f"  {'failed' if outcome.error else 'missing on ' + outcome.missing}: {outcome.error or outcome.note}"
        return
    gate = outcome.gate
    yield f"  tolerance {gate.tolerance:.3g}; {gate.budget} rounds at most, and as many to repeat a change"
    for rounds, fresh, decision in looks(outcome):
        when = f"{fresh:3} fresh ones  " if fresh else f"after {rounds:3} rounds "
        yield f"  {when} {decision.reason}"
    for found in changes(outcome.memory, gate.tolerance):
        yield f"  memory, {len(outcome.memory)} processes a side: {found}"
    for label, evidence in (("rounds", outcome.first), ("fresh rounds", outcome.repeat)):
        if evidence:
            yield f"  {label}, B against A by {gate.clock} time: " + " ".join(
                percent(getattr(r.ratios, gate.clock)) for r in evidence
            )


def looks(outcome: Outcome) -> Iterator[tuple[int, int, Decision]]:
    """(rounds, fresh rounds, the decision on them) after every look, made again from the saved rounds."""
    gate, first, repeat = outcome.gate, [e.ratios for e in outcome.first], [e.ratios for e in outcome.repeat]
    for count in (*(look for look in gate.looks if look < len(first)), len(first)):
        yield count, 0, gate.decide(first[:count])
    for count in (*(look for look in gate.looks if look < len(repeat)), len(repeat)) if repeat else ():
        yield len(first), count, gate.decide(first, repeat[:count])
