"""Files of `fastpaths versus`: how many times faster than the baselines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..display import bounds, comparison, plural, rate, si
from ..versus import BY_CPU, Ratio, cpu_bounds, read, tell_cpu
from .model import Chart, Row, Section, Table, rounded


def sections(data: Mapping[str, Any], path: Path) -> Iterator[Section]:
    ratios, _ = read(data)
    groups = dict.fromkeys(ratio.group for ratio in ratios)
    yield Section(
        title="Against baselines",
        source=path.name,
        intro=["Paired rounds of a case and its baseline on one core; the ratio is of the time an item."],
        tables=[_table(group, [ratio for ratio in ratios if ratio.group == group]) for group in groups],
        summary={plural(len(ratios), "ratio"): len(ratios)},
        verified=f"{2 * len(ratios)} answers verified: each case's and each baseline's",
        identity={
            "machine": data["machine"],
            "Python": data["python"],
            "date": data["date"],
            **{what: value for what, value in data["build"].items() if what != "version"},
        },
    )


def _table(group: str, ratios: Sequence[Ratio]) -> Table:
    rows, with_cpu = [], tell_cpu(ratios)
    headings = ["case", "time", "rate", "the case is", "99 % interval", *([BY_CPU] if with_cpu else ()), "rounds"]
    for case in dict.fromkeys(ratio.baseline_of for ratio in ratios):
        mine = [ratio for ratio in ratios if ratio.baseline_of == case]
        rows.append(Row(case, [case.removeprefix(f"{group}/"), *_time(mine[0], 0), *[""] * (len(headings) - 3)]))
        for ratio in mine:
            told = comparison(math.exp(ratio.interval.estimate))
            by_cpu = [cpu_bounds(ratio)] if with_cpu else []
            cells = [told, bounds(ratio.interval), *by_cpu, str(ratio.rounds)]
            rows.append(Row(ratio.name, [ratio.name.removeprefix(f"{group}/"), *_time(ratio, 1), *cells], below=True))
    drawn = [ratio for ratio in ratios if all(map(math.isfinite, ratio.interval))]
    return Table(group, headings, rows, [_chart(group, drawn)] if drawn else ())


def _chart(group: str, ratios: Sequence[Ratio]) -> Chart:
    names = ("ratio", "lower", "upper")  # as Interval has its bounds
    bars = zip(*(map(rounded, map(math.exp, ratio.interval)) for ratio in ratios), strict=True)
    return Chart(
        "ratios",
        {"name": list(map(_against, ratios)), **dict(zip(names, map(list, bars), strict=True))},
        f"{group}: time of the baseline in times that of the case, with the interval. Right of 1: faster.",
        {"x": "baseline / case"},
    )


def _against(ratio: Ratio) -> str:
    peer, bracket, point = ratio.name.removeprefix(f"{ratio.group}/").partition("[")
    case = ratio.baseline_of.removeprefix(f"{ratio.group}/").partition("[")[0]
    return f"{case} against {peer} {bracket}{point}".strip()


def _time(ratio: Ratio, side: int) -> tuple[str, str]:
    seconds, about = ratio.seconds[side], ratio.about[side]
    return si(seconds, "s"), rate(seconds, about.items, about.unit, about.nbytes)
