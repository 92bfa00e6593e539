"""A process and all that it starts, read as one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from functools import partial
from typing import Any

from .readers import Ended, Look, Reader, Sample, reader

# Reading the USS walks all pages of a process, 15 ms a GB, with its memory map locked; looking for new processes reads
# a file of each thread. Each only as often as this share of a core allows.
SHARE = 0.0005
COUNTS = ("user", "system", "minor_faults", "major_faults", "disk_read", "disk_written")


class Seldom:
    """When to do again what may only take a share of the time."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._due = 0.0

    def due(self, now: float) -> bool:
        return now >= self._due

    def took(self, now: float, cpu: float) -> None:
        self._due = now + cpu / self._share


class Tree:
    """A process and its descendants: sizes and counts are sums, but for context switches, which are the first one's.

    A page that several of them share is in the RSS of each, in the USS of none. A process that ends hands its counts
    over to the one that waits for it, so a short life between two samples is counted, too; until it has, sums wait.
    """

    def __init__(self, pid: int) -> None:
        self._first = reader(pid)
        self._others: dict[int, Reader] = {}
        self._walk, self._uss = Seldom(SHARE), Seldom(SHARE)
        self._before: Sample | None = None

    def look(self) -> Look:
        """At all of them; Ended once the first one has. Looks are to be parsed in their order."""
        first, now = self._first.look(), time.monotonic()
        if self._walk.due(now):
            self._find(now)
        others = []
        for pid, other in list(self._others.items()):
            try:
                others.append(other.look())
            except Ended:
                del self._others[pid]
        return partial(self._parsed, first, others, self._read_uss(now) if self._uss.due(now) else None)

    def _parsed(self, first: Look, others: list[Look], uss: int | None) -> Sample:
        samples = [first()]
        for other in others:
            with contextlib.suppress(Ended):
                samples.append(other())
        if self._before is not None or len(samples) > 1:
            samples[0] = self._before = self._sum(samples)
        return samples[0]._replace(uss=uss)

    def _find(self, now: float) -> None:
        before = time.process_time()
        for pid in self._first.descendants():
            if pid not in self._others:
                with contextlib.suppress(Ended):
                    self._others[pid] = reader(pid)
        self._walk.took(now, time.process_time() - before)

    def _sum(self, samples: list[Sample]) -> Sample:
        sums = {name: _total(getattr(sample, name) for sample in samples) for name in COUNTS}
        if self._before is not None:
            for name, value in sums.items():
                if value is not None:
                    sums[name] = max(value, getattr(self._before, name))
        rss = sum(sample.rss for sample in samples)
        return samples[0]._replace(rss=rss, rss_peak=None, processes=len(samples), **sums)

    def _read_uss(self, now: float) -> int | None:
        before = time.process_time()
        sizes = []
        for process in (self._first, *self._others.values()):
            with contextlib.suppress(Ended):
                sizes.append(process.uss())
        self._uss.took(now, time.process_time() - before)
        size: int | None = _total(sizes)
        return size


def _total(values: Iterable[Any]) -> Any:
    """None where one of them is not known."""
    known = list(values)
    return None if None in known else sum(known)
