"""What a profile says of a process: its samples, and the figures made of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import median
from typing import Any

from ..gate.intervals import Interval, trimmed_mean
from ..memory import Footprint
from .readers import Sample
from .sampling import Cost

LEVEL = 0.005  # one-sided: the intervals are of 99 %
MB = 1e6
CLASSES = ((100 * MB, "excellent"), (500 * MB, "good"), (1000 * MB, "acceptable"), (math.inf, "too much"))
BLOCKS = 20  # of the samples, for their growth


@dataclass(frozen=True, slots=True)
class Pause:
    """One collection of the cyclic garbage collector."""

    time: float  # by the clock of the samples
    seconds: float
    generation: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Some operations in a row: when they were done, how many records they handled, what they took."""

    time: float
    records: int
    wall: float
    cpu: float  # of the thread


@dataclass(frozen=True, slots=True)
class Profile:
    """A process, with those that it starts, over the time that it was sampled.

    records: how many it handled meanwhile; None where nobody knows.
    slices, pauses, memory: of a case; a command tells nothing of the kind.
    """

    name: str
    group: str
    unit: str
    hz: float
    records: int | None
    samples: Sequence[Sample]
    cost: Cost
    slices: Sequence[Slice] = ()
    pauses: Sequence[Pause] | None = None
    memory: Footprint | None = None

    @property
    def seconds(self) -> float:
        """From the first sample to the last."""
        return self.samples[-1].time - self.samples[0].time

    @property
    def user(self) -> float:
        return self.samples[-1].user - self.samples[0].user

    @property
    def system(self) -> float:
        return self.samples[-1].system - self.samples[0].system

    @property
    def cpu(self) -> float:
        return self.user + self.system

    @property
    def peak(self) -> int:
        """Of the RSS: of one process the kernel's high-water mark where it has one; else the largest seen."""
        return max(sample.rss_peak or sample.rss for sample in self.samples)

    @property
    def rss_class(self) -> str:
        return next(name for bound, name in CLASSES if self.peak < bound)

    @property
    def uss(self) -> int | None:
        """The largest that was read."""
        return max((sample.uss for sample in self.samples if sample.uss is not None), default=None)

    @property
    def processes(self) -> int:
        """How many there were at once, at most, of those that were seen."""
        return max(sample.processes for sample in self.samples)

    @property
    def rate(self) -> float | None:
        """Records a second of the whole time, resets and all."""
        return None if self.records is None else self.records / self.seconds

    @property
    def records_a_cpu_second(self) -> float | None:
        """None where the CPU time is too short for the clock of the samples, which has steps of 10 ms."""
        return self.records / self.cpu if self.records is not None and self.cpu >= 0.1 else None

    @property
    def gc_share(self) -> float | None:
        """Of the time, by the pauses while it was sampled."""
        return None if self.pauses is None else sum(pause.seconds for pause in self.pauses) / self.seconds

    def grew(self, what: str) -> int | None:
        """By how much a count went up while it was sampled."""
        first, last = (getattr(sample, what) for sample in (self.samples[0], self.samples[-1]))
        return None if first is None or last is None else last - first

    def growth(self) -> Interval | None:
        """Bytes of RSS a second, with the interval; None where there are too few samples to tell."""
        return slope([(sample.time, sample.rss) for sample in self.samples])

    def rates(self) -> Iterator[tuple[float, float]]:
        """Records a second, slice by slice."""
        for before, after in pairwise(self.slices):
            yield after.time, after.records / (after.time - before.time)

    def as_json(self) -> dict[str, Any]:
        """What a file keeps of it; the figures are there for other programs, and made anew from the rest here."""
        growth = self.growth()
        return {
            "name": self.name,
            "group": self.group,
            "unit": self.unit,
            "hz": self.hz,
            "records": self.records,
            "figures": {
                "seconds": self.seconds,
                "cpu_user": self.user,
                "cpu_system": self.system,
                "rss_peak": self.peak,
                "rss_class": self.rss_class,
                "uss_peak": self.uss,
                "processes": self.processes,
                "rss_growth": growth and growth._asdict(),
                "records_a_second": self.rate,
                "records_a_cpu_second": self.records_a_cpu_second,
                "bytes_held_a_record": self.memory and self.memory.held_an_item,
                "allocations_a_record": self.memory and self.memory.allocations / self.memory.items,
                "gc_share": self.gc_share,
                "sampler_share": self.cost.share,
            },
            "sample_fields": Sample._fields,
            "samples": self.samples,
            "cost": asdict(self.cost),
            "slices": [asdict(each) for each in self.slices],
            "pauses": None if self.pauses is None else [asdict(pause) for pause in self.pauses],
            "memory": self.memory and asdict(self.memory),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Profile:
        return cls(
            name=data["name"],
            group=data["group"],
            unit=data["unit"],
            hz=data["hz"],
            records=data["records"],
            samples=[Sample(**dict(zip(data["sample_fields"], sample, strict=True))) for sample in data["samples"]],
            cost=Cost(**data["cost"]),
            slices=[Slice(**each) for each in data["slices"]],
            pauses=None if data["pauses"] is None else [Pause(**pause) for pause in data["pauses"]],
            memory=data["memory"] and Footprint(**data["memory"]),
        )


def slope(points: Sequence[tuple[float, float]]) -> Interval | None:
    """Growth a second: the trimmed mean over pairs of points that lie half the time apart (Theil's incomplete method).

    A point is the median of a block of samples, so that what comes and goes is no growth; a step shows in every pair
    that it lies between. What does not change at all is known exactly.
    """
    size = len(points) // BLOCKS
    if not size:
        return None
    blocks = [points[i * size : (i + 1) * size] for i in range(BLOCKS)]
    middles = [(median(t for t, _ in block), median(y for _, y in block)) for block in blocks]
    half = BLOCKS // 2
    slopes = [(y2 - y1) / (t2 - t1) for (t1, y1), (t2, y2) in zip(middles, middles[half:], strict=False)]
    return trimmed_mean(slopes, LEVEL, exact=True)


def direction(growth: Interval) -> str:
    """What an interval of growth says."""
    if math.isinf(growth.upper):
        return "no trend, but for a step"
    if growth.lower > 0:
        return "grows"
    return "shrinks" if growth.upper < 0 else "no trend"
