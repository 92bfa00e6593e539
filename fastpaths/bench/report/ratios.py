"""Files of `fastpaths versus`: how many times faster than the baselines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..display import bounds, comparison, rate, si
from ..gate.intervals import Interval
from .model import Chart, Row, Section, Table, rounded


def sections(data: Mapping[str, Any], path: Path) -> Iterator[Section]:
    ratios = data["ratios"]
    groups = {ratio["case"].partition("[")[0].rpartition("/")[0]: None for ratio in ratios}
    tables = [
        _table(group, [ratio for ratio in ratios if ratio["case"].partition("[")[0].rpartition("/")[0] == group])
        for group in groups
    ]
    yield Section(
        title="Against baselines",
        source=path.name,
        intro=["Paired rounds of a case and its baseline on one core; the ratio is of the time an item."],
        tables=tables,
        summary={"ratios": len(ratios)},
        verified=f"{2 * len(ratios)} answers verified: each case's and each baseline's",
        identity={
            "machine": data["machine"],
            "Python": data["python"],
            "date": data["date"],
            **{what: value for what, value in data["build"].items() if what != "version"},
        },
    )


def _table(group: str, ratios: Sequence[Mapping[str, Any]]) -> Table:
    rows = []
    for case in dict.fromkeys(ratio["case"] for ratio in ratios):
        mine = [ratio for ratio in ratios if ratio["case"] == case]
        rows.append(Row(case, [case.removeprefix(f"{group}/"), *_time(mine[0], "case"), "", "", ""]))
        for ratio in mine:
            interval = Interval(*(math.log(ratio[bound]) for bound in ("ratio", "lower", "upper")))
            cells = [comparison(ratio["ratio"]), bounds(interval), str(ratio["rounds"])]
            label = ratio["baseline"].removeprefix(f"{group}/")
            rows.append(Row(ratio["baseline"], [label, *_time(ratio, "baseline"), *cells], below=True))
    drawn = [ratio for ratio in ratios if math.isfinite(ratio["upper"]) and ratio["lower"] > 0]
    charts = [
        Chart(
            "ratios",
            {
                "name": [_against(ratio, group) for ratio in drawn],
                **{bound: [rounded(ratio[bound]) for ratio in drawn] for bound in ("ratio", "lower", "upper")},
            },
            f"{group}: time of the baseline in times that of the case, with the interval. Right of 1: faster.",
            {"x": "baseline / case"},
        )
    ]
    headings = ["case", "time", "rate", "the case is", "99 % interval", "rounds"]
    return Table(group, headings, rows, charts if drawn else ())


def _against(ratio: Mapping[str, Any], group: str) -> str:
    peer, bracket, point = ratio["baseline"].removeprefix(f"{group}/").partition("[")
    return f"{ratio['case'].removeprefix(f'{group}/').partition('[')[0]} against {peer} {bracket}{point}".strip()


def _time(ratio: Mapping[str, Any], side: str) -> tuple[str, str]:
    about = ratio["about"][side]
    seconds = ratio["seconds"][side]
    return si(seconds, "s"), rate(seconds, about["items"], about["unit"], about["nbytes"])
