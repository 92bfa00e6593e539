"""Files of pyperf: times of cases, what they are against their baselines, and how they grow with N."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pyperf

from ..display import bounds, comparison, families, plural, rate, si
from ..errors import BenchError
from ..gate.decision import LEVEL
from ..gate.intervals import Interval, process_ratio
from ..results import Measurement
from .model import Chart, Row, Section, Table, rounded

PARAM = re.compile(r"(\w+)=([^,\]]+)")
IDENTITY = {
    "machine": "fastpaths_machine",
    "Python": "python_version",
    "build": "fastpaths_build_revision",
    "compiler": "fastpaths_build_compiler",
    "flags": "fastpaths_build_flags",
    "platform": "platform",
    "pyperf": "perf_version",
}


class Measured(NamedTuple):
    """A benchmark of a file, as a row of a table."""

    bench: pyperf.Benchmark
    row: Measurement

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def group(self) -> str:
        return self.row.group

    @property
    def baseline_of(self) -> str | None:
        return self.row.baseline_of

    @property
    def processes(self) -> list[Sequence[float]]:
        return [run.values for run in self.bench.get_runs() if run.values]


def sections(benchmarks: Sequence[pyperf.Benchmark], path: Path) -> Iterator[Section]:
    times = [bench for bench in benchmarks if bench.get_unit() == "second"]
    rows = [Measured(bench, Measurement.of(bench)) for bench in times]
    about = benchmarks[0].get_metadata()
    verified = sum(row.bench.get_metadata().get("fastpaths_answer") == "verified" for row in rows)
    notes = []
    if any(row.row.preliminary for row in rows):
        notes.append("Preliminary: preset quick, small inputs and few processes.")
    if stale := {build for row in rows if (build := row.bench.get_metadata().get("fastpaths_build_stale"))}:
        notes.append(f"Stale build: {', '.join(sorted(stale))} changed since. Rebuild before believing this.")
    yield Section(
        title="Times",
        source=path.name,
        intro=[
            "Mean time of an operation, over all values of all processes; ± is the spread of the processes' means. "
            "Ratios are of the time an item, with their 99 % interval over processes. These runs were not paired: "
            "what hit one case and not the other is in the ratio."
        ],
        tables=list(_tables(rows)) + list(_others(benchmarks)),
        summary={plural(len(rows), "case"): len(rows)},
        verified=f"{verified} of {len(rows)} {plural(len(rows), 'answer')} verified before timing"
        if verified
        else "the file does not say whether answers were verified",
        identity={what: str(about[key]) for what, key in IDENTITY.items() if key in about},
        notes=notes,
    )
    if charts := list(_growth(rows)):
        yield Section(
            title="Time over N",
            source=path.name,
            intro=["Both axes are logarithmic: what is O(1) an item runs level, O(N) climbs one decade a decade."],
            charts=charts,
            summary={plural(len(charts), "picture"): len(charts)},
        )


def _tables(rows: Sequence[Measured]) -> Iterator[Table]:
    subjects = {row.name: row for row in rows}
    for group in dict.fromkeys(row.group for row in rows):
        found: list[Row] = []
        for row in families([row for row in rows if row.group == group]):
            subject = subjects.get(row.baseline_of or "")
            found.append(_row(row, subject))
        yield Table(group, ["case", "time", "±", "rate", "the case is", "99 % interval"], found)


def _row(measured: Measured, subject: Measured | None) -> Row:
    row, processes = measured.row, measured.processes
    ratio, between = "", ""
    if subject is not None:
        ratio = comparison(row.seconds_an_item / subject.row.seconds_an_item)
        interval = _interval(subject, measured)
        between = bounds(interval) if interval else "unknown"
    return Row(
        name=row.name,
        cells=[
            row.name.removeprefix(f"{row.group}/"),
            si(row.seconds, "s"),
            "" if row.spread is None else f"{row.spread / row.seconds:.0%}",
            rate(row.seconds, row.items, row.unit, row.nbytes),
            ratio,
            between,
        ],
        below=row.baseline_of is not None,
        charts=[
            Chart(
                "processes",
                {
                    "process": [number for number, values in enumerate(processes, 1) for _ in values],
                    "y": [rounded(value) for values in processes for value in values],
                },
                f"Values: {sum(map(len, processes))}, of processes: {len(processes)}; from "
                f"{si(min(map(min, processes)), 's')} to {si(max(map(max, processes)), 's')}; dashed: the mean.",
            )
        ],
    )


def _interval(subject: Measured, peer: Measured) -> Interval | None:
    try:
        times = process_ratio(subject.processes, peer.processes, LEVEL)
    except BenchError:
        return None
    per_item = math.log(subject.row.items / peer.row.items)
    return Interval(*(bound + per_item for bound in times))


def _others(benchmarks: Sequence[pyperf.Benchmark]) -> Iterator[Table]:
    """What a file holds beside times: bytes, say."""
    others = [bench for bench in benchmarks if bench.get_unit() != "second"]
    if others:
        rows = [
            Row(bench.get_name(), [bench.get_name(), f"{bench.mean():,.0f} {bench.get_unit()}s"]) for bench in others
        ]
        yield Table("other figures", ["benchmark", "mean"], rows)


def _growth(rows: Sequence[Measured]) -> Iterator[Chart]:
    """A picture a group and parameter that two or more of its cases differ in alone."""
    points: dict[tuple[str, str], list[tuple[str, float, float]]] = {}
    for row in rows:
        for series, param, value in along_numbers(row.name):
            points.setdefault((row.group, param), []).append((series, value, row.row.seconds_an_item))
    yield from growth_charts(points, "time over N")


def along_numbers(name: str) -> Iterator[tuple[str, str, float]]:
    """(the name without it, parameter, value) of every parameter that is a positive number."""
    head, _, tail = name.partition("[")
    for param, text in PARAM.findall(tail):
        try:
            value = float(text)
        except ValueError:
            continue
        if value > 0:
            rest = ",".join(f"{other}={said}" for other, said in PARAM.findall(tail) if other != param)
            yield head + (f"[{rest}]" if rest else ""), param, value


def growth_charts(points: dict[tuple[str, str], list[tuple[str, float, float]]], spec: str) -> Iterator[Chart]:
    """Of (group, parameter) -> [(series, N, what an item takes)], where a series has two values of N at least."""
    for (group, param), found in points.items():
        values: dict[str, set[float]] = {}
        for series, value, _ in found:
            values.setdefault(series, set()).add(value)
        kept = sorted(point for point in found if len(values[point[0]]) > 1)
        if kept:
            low, high = min(n for _, n, _ in kept), max(n for _, n, _ in kept)
            yield Chart(
                spec,
                {
                    "series": [series.removeprefix(f"{group}/") for series, _, _ in kept],
                    "n": [n for _, n, _ in kept],
                    "y": [rounded(y) for _, _, y in kept],
                },
                f"{group}: {spec.replace('N', param)}, {low:,.0f} to {high:,.0f}.",
                {"x": param},
            )
