"""Files of `fastpaths count`: instructions, and how they grow with N."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..counting import Count, figure
from ..display import comparison, families, plural
from .measured import along_numbers, growth_charts
from .model import Row, Section, Table


def sections(data: Mapping[str, Any], path: Path) -> Iterator[Section]:
    counts = [Count(**{name: value for name, value in count.items() if name != "per_item"}) for count in data["counts"]]
    subjects = {count.name: count for count in counts}
    tables = []
    points: dict[tuple[str, str], list[tuple[str, float, float]]] = {}
    for group in dict.fromkeys(count.group for count in counts):
        rows = []
        for count in families([count for count in counts if count.group == group]):
            subject = subjects.get(count.baseline_of or "")
            ratio = comparison(count.instructions / subject.instructions, "fewer", "more") if subject else ""
            rows.append(
                Row(
                    count.name,
                    [
                        count.name.removeprefix(f"{group}/"),
                        figure(count.instructions),
                        f"{figure(count.per_item)} a {count.unit}",
                        ratio,
                    ],
                    below=count.baseline_of is not None,
                )
            )
            for series, param, value in along_numbers(count.name):
                points.setdefault((group, param), []).append((series, value, count.per_item))
        tables.append(Table(group, ["case", "instructions", "an item", "the case takes"], rows))
    if data["growth"]:
        rows = [
            Row(line["name"], [line["name"], line["over"], f"{line['slope']:.2f}", line["meaning"]])
            for line in data["growth"]
        ]
        tables.append(Table("growth", ["case", "over", "slope", "which means"], rows))
    yield Section(
        title="Instructions",
        source=path.name,
        intro=["Counted by cachegrind, in user space, all threads together: the same however busy the machine is."],
        notes=list(data["failures"]),
        tables=tables,
        charts=list(growth_charts(points, "instructions over N")),
        summary={"counted": len(counts)},
        verified=f"{len(counts)} {plural(len(counts), 'answer')} verified before counting",
        identity={name.removeprefix("fastpaths_"): about for name, about in counts[0].metadata.items()}
        if counts
        else {},
    )
