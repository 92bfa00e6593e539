"""The load of a run, and its options on the command line (named as Kafka's own tools name them)."""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from _scenario.payload import MINIMUM_SIZE, Payloads
from _scenario.probe import Target
from fastpaths.bench.errors import BenchError

# The mock keeps 5 MiB a partition and drops the oldest without a word. A record may be a batch of its own.
EMBEDDED_BYTES = 5 << 20
BATCH_OVERHEAD = 80
SEED = 1
UNLIMITED = -1.0  # as Kafka's own tools have it
COPIES = 4  # of a record, in the memory of the processes that make, send, receive and check it


@dataclass(frozen=True)
class Load:
    records: int
    warmup: int  # sent before them by the same schedule: accounted for, but in no statistic
    size: int  # bytes of a record's value
    rate: float | None  # records a second in an open loop; None: a closed loop, as fast as it goes
    seed: int
    compressibility: float = 0.0
    lines: tuple[bytes, ...] = ()  # of a payload file

    def __str__(self) -> str:
        size = f"{len(self.lines)} lines of a file" if self.lines else f"{self.size:,} B"
        loop = "a closed loop" if self.rate is None else f"an open loop of {self.rate:g} a second"
        return f"{self.records:,} records of {size}, in {loop}, after {self.warmup:,} of warm-up"

    @property
    def total(self) -> int:
        return self.warmup + self.records

    def payloads(self, run: bytes) -> Payloads:
        return Payloads(run, self.size, self.seed, self.compressibility, self.lines)

    def check(self, target: Target, partitions: int = 1) -> None:
        """BenchError if the embedded broker would drop records of this load before they are read, or memory ends."""
        check_fits(target, -(-self.total // partitions), self.size)
        needed = self.total * self.size * COPIES
        if needed > psutil.virtual_memory().available:
            raise BenchError(
                f"every record is kept until it has been checked, which needs about {needed >> 20:,} MiB of memory; "
                f"{psutil.virtual_memory().available >> 20:,} MiB are free: send fewer or smaller records"
            )


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
    contents = group.add_mutually_exclusive_group().add_argument
    contents("--record-size", type=at_least(MINIMUM_SIZE), default=size, metavar="BYTES", help="(default: %(default)s)")
    contents("--payload-file", type=Path, metavar="FILE", help="records are its lines in turn, behind a stamp of 28 B")
    add(
        "--throughput",
        type=_rate,
        default=rate,
        metavar="N",
        help="an open loop of so many records a second; -1: a closed loop, as fast as it goes (default: %(default)g)",
    )
    add("--warmup-records", type=at_least(0), default=warmup, metavar="N", help="sent first (default: %(default)s)")
    add("--seed", type=int, default=SEED, metavar="N", help="of the records' random contents (default: %(default)s)")
    add(
        "--compressibility",
        type=_share,
        default=0.0,
        metavar="SHARE",
        help="of those contents that is zeros, 0 to 1 (default: %(default)g)",
    )
    add(
        "--reporting-interval",
        type=at_least(1),
        default=5000,
        metavar="MS",
        help="between two lines that tell how a run goes, of one load generator alone (default: %(default)s)",
    )


def load_of(options: argparse.Namespace) -> Load:
    lines, size = (), options.record_size
    if options.payload_file is not None:
        if options.compressibility or options.seed != SEED:
            raise BenchError("--payload-file has the records' contents: --compressibility and --seed mean nothing")
        lines = _lines(options.payload_file)
        size = MINIMUM_SIZE + max(map(len, lines))
    rate = None if options.throughput == UNLIMITED else options.throughput
    return Load(options.num_records, options.warmup_records, size, rate, options.seed, options.compressibility, lines)


def _lines(path: Path) -> tuple[bytes, ...]:
    try:
        lines = tuple(path.read_bytes().splitlines())
    except OSError as error:
        raise BenchError(f"--payload-file {path}: {error.strerror}") from None
    if not lines:
        raise BenchError(f"--payload-file {path}: it has no lines")
    return lines


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
    value = _number(text)
    if not (value == UNLIMITED or 0 < value < math.inf):
        raise argparse.ArgumentTypeError(
            f"an open loop needs a rate, more than 0 records a second, and a closed one -1; got {text!r}"
        )
    return value


def _share(text: str) -> float:
    if not 0 <= (value := _number(text)) <= 1:
        raise argparse.ArgumentTypeError(f"expected a share from 0 to 1, got {text!r}")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
