"""When a batch is complete: six strategies, and a configuration that bounds any of them. All times are in seconds."""

from __future__ import annotations

import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, SupportsIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a Batcher makes of any strategy: a batch is complete as soon as it reaches one of these.

    records, nbytes: held by a batch; `size` counts the bytes of a record, None as MemoryBased says.
    wait: seconds from the first record of a batch, or, where `eager`, from the end of the batch before.
    reuse: take the memory of earlier batches again.
    start, adapt: the number of records to begin with, and what a report makes of it; None: it stays at `records`.
    """

    records: int = sys.maxsize
    nbytes: int = sys.maxsize
    wait: float = math.inf
    size: Callable[[Any], int] | None = None
    eager: bool = False
    reuse: bool = False
    start: int = sys.maxsize
    adapt: Callable[[float, int, float], float] | None = None


class Strategy(ABC):
    """When a batch is complete. Strategies compare and hash by value, and a wrong one is refused when it is made."""

    __slots__ = ()

    @property
    @abstractmethod
    def limits(self) -> Limits: ...


def _check_count(owner: object, **counts: int) -> None:
    for name, count in counts.items():
        if not isinstance(count, SupportsIndex):
            raise TypeError(f"{type(owner).__name__}: {name} must be an int, got {count!r}")
        if not 1 <= count <= sys.maxsize:
            raise ValueError(f"{type(owner).__name__}: {name} must be from 1 to {sys.maxsize}, got {count}")


def _check_seconds(owner: object, **durations: float) -> None:
    for name, seconds in durations.items():
        if not isinstance(seconds, int | float):
            raise TypeError(f"{type(owner).__name__}: {name} must be a number of seconds, got {seconds!r}")
        if not 0 < seconds < math.inf:
            raise ValueError(f"{type(owner).__name__}: {name} must be more than 0 seconds and finite, got {seconds}")


@dataclass(frozen=True, slots=True)
class FixedSize(Strategy):
    """Batches of `batch_size` records, however long that takes."""

    batch_size: int = 100

    def __post_init__(self) -> None:
        _check_count(self, batch_size=self.batch_size)

    @property
    def limits(self) -> Limits:
        return Limits(records=self.batch_size)


@dataclass(frozen=True, slots=True)
class TimeWindow(Strategy):
    """All records of `duration` seconds from the first one on; a record that comes later opens the next batch."""

    duration: float

    def __post_init__(self) -> None:
        _check_seconds(self, duration=self.duration)

    @property
    def limits(self) -> Limits:
        return Limits(wait=self.duration)


@dataclass(frozen=True, slots=True)
class AdaptiveSize(Strategy):
    """Batches of as many records as take `target_latency` seconds to process, which Batcher.report learns.

    The first ones hold min_batch_size records. A batch is also complete target_latency after its first record, so that
    nobody waits longer than that for a slow stream.
    """

    min_batch_size: int
    max_batch_size: int
    target_latency: float

    def __post_init__(self) -> None:
        _check_count(self, min_batch_size=self.min_batch_size, max_batch_size=self.max_batch_size)
        _check_seconds(self, target_latency=self.target_latency)
        if self.min_batch_size > self.max_batch_size:
            raise ValueError(
                f"AdaptiveSize: min_batch_size must be at most max_batch_size, got {self.min_batch_size} and "
                f"{self.max_batch_size}"
            )

    def adapt(self, size: float, records: int, seconds: float) -> float:
        """The batch size after `size`, when a batch of `records` took so many seconds.

        Expects time in proportion to records, and goes half the way (the square root of the ratio) from `size` to what
        would then be right, at most doubling or halving it. That settles as well where every batch has a cost of its
        own, and where time grows as fast as the cube of the records; and it smooths the scatter of single batches.
        """
        expected = seconds * size / records
        size *= min(max(math.sqrt(self.target_latency / expected), 1 / 2), 2) if expected > 0 else 2
        return min(max(size, self.min_batch_size), self.max_batch_size)

    @property
    def limits(self) -> Limits:
        return Limits(
            records=self.max_batch_size, wait=self.target_latency, start=self.min_batch_size, adapt=self.adapt
        )


@dataclass(frozen=True, slots=True)
class MemoryBased(Strategy):
    """Batches of at most `max_bytes` bytes; a record that is larger is a batch of its own.

    size(record) counts the bytes of a record. Without it, the bytes of a bytes-like record and of a str as UTF-8 are
    counted, which is their content and not what Python needs to hold it; other records are a TypeError. `sys.getsizeof`
    counts the object itself and leaves out what it refers to.
    """

    max_bytes: int
    size: Callable[[Any], int] | None = None

    def __post_init__(self) -> None:
        _check_count(self, max_bytes=self.max_bytes)
        if self.size is not None and not callable(self.size):
            raise TypeError(f"MemoryBased: size must be a function of a record, got {self.size!r}")

    @property
    def limits(self) -> Limits:
        return Limits(nbytes=self.max_bytes, size=self.size)


@dataclass(frozen=True, slots=True)
class LowLatency(Strategy):
    """Small batches, soon: at most `max_batch_size` records, which wait at most `max_wait` seconds.

    eager: what arrives when no batch was completed in the last max_wait goes out at once; only the records that follow
    closely wait for each other. (A slow stream does not wait at all, and a fast one has a batch every max_wait, or full
    ones more often.)
    """

    max_batch_size: int = 10
    max_wait: float = 0.005
    eager: bool = True

    def __post_init__(self) -> None:
        _check_count(self, max_batch_size=self.max_batch_size)
        _check_seconds(self, max_wait=self.max_wait)

    @property
    def limits(self) -> Limits:
        return Limits(records=self.max_batch_size, wait=self.max_wait, eager=self.eager)


@dataclass(frozen=True, slots=True)
class MegaBatch(Strategy):
    """Large batches for throughput, in memory for `batch_size` records that is allocated at once.

    reuse_buffer: the memory of a batch is taken again for the next one or the next but one, if you have let go of it by
    then; a batch that you hold on to is yours. The records of the last two batches may live on until then.
    """

    batch_size: int = 50_000
    reuse_buffer: bool = True

    def __post_init__(self) -> None:
        _check_count(self, batch_size=self.batch_size)

    @property
    def limits(self) -> Limits:
        return Limits(records=self.batch_size, reuse=self.reuse_buffer)


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """A strategy and the bounds that hold whatever it does; a strategy that goes beyond them is refused.

    batch_timeout: a batch is complete at the latest so many seconds after its first record.
    enabled: False makes every record a batch.
    """

    strategy: Strategy = field(default_factory=FixedSize)
    max_batch_size: int = 50_000
    batch_timeout: float = 1.0
    enabled: bool = True

    def __post_init__(self) -> None:
        if not isinstance(self.strategy, Strategy):
            raise TypeError(f"BatchConfig: strategy must be a Strategy, got {self.strategy!r}")
        _check_count(self, max_batch_size=self.max_batch_size)
        _check_seconds(self, batch_timeout=self.batch_timeout)
        asked = self.strategy.limits
        for name, bound, unbounded, own in (
            ("max_batch_size", self.max_batch_size, sys.maxsize, asked.records),
            ("batch_timeout", self.batch_timeout, math.inf, asked.wait),
        ):
            if bound < own < unbounded:
                raise ValueError(f"BatchConfig: {name} is {bound}, and {self.strategy} goes up to {own}")

    @classmethod
    def high_throughput(cls) -> BatchConfig:
        """Batches of 50,000, or what came in 100 ms."""
        return cls(MegaBatch(50_000), max_batch_size=100_000, batch_timeout=0.1)

    @classmethod
    def ultra_throughput(cls) -> BatchConfig:
        """Batches of 100,000, or what came in 50 ms."""
        return cls(MegaBatch(100_000), max_batch_size=100_000, batch_timeout=0.05)

    @property
    def limits(self) -> Limits:
        if not self.enabled:
            return Limits(records=1)
        own = self.strategy.limits
        return replace(own, records=min(own.records, self.max_batch_size), wait=min(own.wait, self.batch_timeout))
