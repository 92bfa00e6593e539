"""Files of `fastpaths look`: what a case takes, roughly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..display import comparison, families, plural, rate, si
from ..results import Measurement
from .model import Row, Section, Table


def sections(data: Mapping[str, Any], path: Path) -> Iterator[Section]:
    cases = [Measurement(**case) for case in data["cases"]]
    yield Section(
        title="First look",
        source=path.name,
        intro=["The best of up to five repeats in one process, as timeit takes it: no more than roughly right."],
        notes=list(data["failures"]),
        tables=[
            Table(group, ["case", "time", "rate", "the case is"], list(_rows([c for c in cases if c.group == group])))
            for group in dict.fromkeys(case.group for case in cases)
        ],
        summary={"looked at": len(cases)},
        verified=f"{len(cases)} {plural(len(cases), 'answer')} verified before timing",
    )


def _rows(cases: list[Measurement]) -> Iterator[Row]:
    subjects = {case.name: case for case in cases}
    for case in families(cases):
        subject = subjects.get(case.baseline_of or "")
        yield Row(
            case.name,
            [
                case.name.removeprefix(f"{case.group}/"),
                si(case.seconds, "s"),
                rate(case.seconds, case.items, case.unit, case.nbytes),
                comparison(case.seconds_an_item / subject.seconds_an_item) if subject else "",
            ],
            below=case.baseline_of is not None,
        )
