"""Two pyperf files side by side: what such files can carry, and no more.

Runs that were not paired differ by whatever their two sessions did not share (frequency, neighbours, the memory layout
of a boot), and nothing in the files shows how much that is: on a shared machine identical code differs by more than 5 %
every other time. So the tolerance is wide, and what is shown says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyperf
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..discovery import matches_any
from ..display import si
from ..errors import BenchError
from ..results import load
from .decision import Decision, Gate
from .summary import STYLES
from .verdict import describe

SCHEMA = "fastpaths-files/1"
TOLERANCE = 0.20
# Metadata that must agree (a difference is refused), and that should (it is pointed out).
MUST_AGREE = {"unit": "units", "inner_loops": "calls a loop", "broker_kind": "kinds of broker"}
SHOULD_AGREE = {
    "cpu_model_name": "CPUs",
    "fastpaths_machine": "machines",
    "python_version": "Pythons",
    "fastpaths_build_compiler": "compilers",
    "fastpaths_build_flags": "compiler flags",
    "fastpaths_preset": "presets",
    # Of the Kafka scenarios.
    "broker_version": "versions of the broker",
    "client_version": "versions of the client",
    "producer_options": "options of the producer",
    "consumer_options": "options of the consumer",
    "loop": "loops",
    "records_per_second": "rates",
    "record_size": "sizes of a record",
    "lz4_share": "shares of the records that lz4 leaves",
    "producers": "numbers of producers",
    "partitions": "numbers of partitions",
    "workers": "numbers of load generators",
}


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """One benchmark of both files."""

    name: str
    means: tuple[float, float]
    decision: Decision | None  # None: `refusal` says why the two cannot be compared
    refusal: str = ""
    warnings: tuple[str, ...] = ()


def compare_files(
    old: Path, new: Path, tolerance: float = TOLERANCE, cases: Sequence[str] = ()
) -> tuple[list[FileOutcome], list[str]]:
    """The benchmarks that both files have, or those of them that the cases name; and the names that only one has."""
    olds, news = (
        {
            name: bench
            for bench in load(path).get_benchmarks()
            if matches_any(name := bench.get_name(), cases) or not cases
        }
        for path in (old, new)
    )
    if not (common := [name for name in olds if name in news]):
        named = f" that {' or '.join(cases)} names" if cases else ""
        raise BenchError(f"{old} and {new} have no benchmark in common{named}")
    gate = Gate(tolerance=tolerance, cases=len(common))
    return [_outcome(olds[name], news[name], gate) for name in common], sorted(olds.keys() ^ news.keys())


def _outcome(old: pyperf.Benchmark, new: pyperf.Benchmark, gate: Gate) -> FileOutcome:
    name, means = old.get_name(), (old.mean(), new.mean())
    if refusals := list(_differing(old, new, MUST_AGREE)):
        return FileOutcome(name, means, None, "; ".join(refusals))
    try:
        decision = gate.decide_processes(_processes(old), _processes(new))
    except BenchError as error:
        return FileOutcome(name, means, None, str(error))
    return FileOutcome(name, means, decision, warnings=tuple(_differing(old, new, SHOULD_AGREE)))


def _processes(bench: pyperf.Benchmark) -> list[Sequence[float]]:
    return [run.values for run in bench.get_runs() if run.values]


def _differing(old: pyperf.Benchmark, new: pyperf.Benchmark, keys: dict[str, str]) -> Iterator[str]:
    before, after = old.get_metadata(), new.get_metadata()
    for key, what in keys.items():
        if (was := before.get(key)) != (became := after.get(key)):
            yield f"different {what}: {was} and {became}"


def as_json(outcomes: Sequence[FileOutcome], lonely: Sequence[str]) -> dict[str, Any]:
    def about(outcome: FileOutcome) -> dict[str, Any]:
        decision = outcome.decision
        bounded = decision and decision.interval and math.isfinite(decision.interval.upper)
        return {
            "name": outcome.name,
            "means": outcome.means,
            "verdict": decision and decision.verdict,
            "log_ratio": decision.interval._asdict() if decision and decision.interval and bounded else None,
            "refusal": outcome.refusal,
            "warnings": outcome.warnings,
        }

    return {"schema": SCHEMA, "benchmarks": list(map(about, outcomes)), "in_one_file_only": list(lonely)}


def show(outcomes: Sequence[FileOutcome], lonely: Sequence[str], console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("benchmark", "old", "new", "new against old", "verdict"):
        table.add_column(name, justify="left" if name in ("benchmark", "verdict") else "right", overflow="fold")
    for outcome in outcomes:
        if outcome.decision is None:
            cells, style = ("", "not comparable"), "red"
        else:
            interval = outcome.decision.interval
            cells = (describe(interval) if interval else "", outcome.decision.verdict)
            style = STYLES[outcome.decision.verdict]
        table.add_row(escape(outcome.name), *(si(mean, "s") for mean in outcome.means), *cells, style=style)
    console.print(table)
    console.print()
    for outcome in outcomes:
        for text in (*outcome.warnings, outcome.refusal):
            if text:
                console.print(f"{outcome.name}: {text}", markup=False, highlight=False, soft_wrap=True)
    if lonely:
        console.print(f"In one file only: {', '.join(lonely)}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        "These runs were not paired: what their two sessions did not share is part of every difference, and no "
        "interval from the files can show it. `fastpaths compare A B` on two versions of the code pairs them.",
        highlight=False,
    )
