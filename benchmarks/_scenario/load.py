"""The load of a run, and its options on the command line (named as Kafka's own tools name them)."""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass

from _scenario.payload import MINIMUM_SIZE
from _scenario.probe import Target
from fastpaths.bench.errors import BenchError

# The mock keeps 5 MiB a partition and drops the oldest without a word. A record may be a batch of its own.
EMBEDDED_BYTES = 5 << 20
BATCH_OVERHEAD = 80


@dataclass(frozen=True)
class Load:
    records: int
    warmup: int  # sent before them by the same schedule: accounted for, but in no statistic
    size: int  # bytes of a record's value
    rate: float  # records a second
    seed: int

    def __str__(self) -> str:
        return f"{self.records:,} records of {self.size:,} B, {self.rate:g} a second, after {self.warmup:,} of warm-up"

    @property
    def seconds(self) -> float:
        return (self.warmup + self.records) / self.rate

    def check(self, target: Target) -> None:
        """BenchError if the embedded broker would drop records of this load before they are read."""
        check_fits(target, self.warmup + self.records, self.size)


def check_fits(target: Target, records: int, size: int) -> None:
    """BenchError if the embedded broker would drop some of so many records of one partition."""
    total = records * (size + BATCH_OVERHEAD)
    if target.embedded and total > EMBEDDED_BYTES:
        raise BenchError(
            f"an embedded broker keeps {EMBEDDED_BYTES >> 20} MiB, and this load is {total / (1 << 20):.1f} MiB "
            f"with {BATCH_OVERHEAD} B of overhead a record: send fewer or smaller records, or use a real broker"
        )


def add_arguments(parser: argparse.ArgumentParser, records: int, size: int, rate: float, warmup: int) -> None:
    """The load's options, with these defaults."""
    group = parser.add_argument_group("load")
    add = group.add_argument
    add("--num-records", type=at_least(1), default=records, metavar="N", help="(default: %(default)s)")
    add("--record-size", type=at_least(MINIMUM_SIZE), default=size, metavar="BYTES", help="(default: %(default)s)")
    add("--throughput", type=_rate, default=rate, metavar="N", help="records a second (default: %(default)s)")
    add("--warmup-records", type=at_least(0), default=warmup, metavar="N", help="sent first (default: %(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="of the records' random contents (default: %(default)s)")


def load_of(options: argparse.Namespace) -> Load:
    return Load(options.num_records, options.warmup_records, options.record_size, options.throughput, options.seed)


def at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"expected a whole number, got {text!r}") from None
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}, got {value}")
        return value

    return number


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"an open loop needs a rate, more than 0 records a second, got {text!r}")
    return value
