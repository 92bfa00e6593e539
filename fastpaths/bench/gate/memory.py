"""Did B come to need more memory than A? The same rule and the same words as for time, on bytes that are counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from ..memory import Footprint
from .decision import LEVEL
from .intervals import Interval, trimmed_mean
from .verdict import Verdict, describe, judge

ROUNDS: Final = 5  # fresh processes a side; hash seeds drawn anew every round, the same for both
LEAST: Final = 16_384  # bytes: of less, a single object more is no change of the code's appetite
FIGURES: Final = {"set_up": "held by the set-up", "kept": "kept by the operation", "peak": "peak of the operation"}
WORST_FIRST: Final = (Verdict.REGRESSED, Verdict.INCONCLUSIVE, Verdict.IMPROVED, Verdict.UNCHANGED)


class Footprints(NamedTuple):
    """One round."""

    a: Footprint
    b: Footprint


@dataclass(frozen=True, slots=True)
class Change:
    """One figure of B against A; bytes a record, the median over all rounds."""

    figure: str
    bytes_a_record: tuple[float, float]
    interval: Interval  # of log(B/A)
    verdict: Verdict

    def __str__(self) -> str:
        a, b = self.bytes_a_record
        return f"{FIGURES[self.figure]} {self.verdict}: {describe(self.interval)}, {a:,.4g} to {b:,.4g} bytes a record"


def changes(rounds: Sequence[Footprints], tolerance: float) -> Iterator[Change]:
    """Each figure that is large enough on a side to be judged."""
    for figure in FIGURES:
        pairs = [(getattr(a, figure), getattr(b, figure)) for a, b in rounds]
        if not pairs or max(map(max, pairs)) < LEAST:
            continue
        # A byte more on both sides: what one side does without altogether has a ratio, too.
        logs = [math.log((b + 1) / (a + 1)) for a, b in pairs]
        interval = trimmed_mean(logs, LEVEL, exact=True)
        if math.isinf(interval.upper) and len(logs) > 1:  # all agree to the byte, but for an odd one, which is a bound
            interval = Interval(interval.estimate, min(logs), max(logs))
        middle_a, middle_b = (sorted(side)[len(pairs) // 2] for side in zip(*pairs, strict=True))
        items = rounds[0].a.items, rounds[0].b.items
        yield Change(figure, (middle_a / items[0], middle_b / items[1]), interval, judge(interval, tolerance))


def verdict(rounds: Sequence[Footprints], tolerance: float) -> Verdict | None:
    """The worst of its figures; None where none is large enough, or none was counted."""
    found = {change.verdict for change in changes(rounds, tolerance)}
    return next((worst for worst in WORST_FIRST if worst in found), None)


def as_json(rounds: Sequence[Footprints], tolerance: float) -> dict[str, Any] | None:
    if not rounds:
        return None
    return {
        "verdict": verdict(rounds, tolerance),
        "changes": [
            {
                "figure": change.figure,
                "bytes_a_record": change.bytes_a_record,
                "log_ratio": change.interval._asdict() if math.isfinite(change.interval.upper) else None,
                "verdict": change.verdict,
            }
            for change in changes(rounds, tolerance)
        ],
        "rounds": [[asdict(a), asdict(b)] for a, b in rounds],
    }


def from_json(data: dict[str, Any] | None) -> list[Footprints]:
    return [] if data is None else [Footprints(Footprint(**a), Footprint(**b)) for a, b in data["rounds"]]
