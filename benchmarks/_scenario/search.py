"""The highest rate that holds an objective: by bisection, each rate tried until two of three runs agree."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from _scenario.latencies import PERCENTILES, SAMPLES_BEYOND
from _scenario.load import Load
from _scenario.measured import Measured

SECONDS = 5.0  # of a run
PRECISION = 0.05  # how far the highest rate that held is below the least that did not
KEPT_UP = 0.95  # of the rate that was wanted: below that a queue grows, whatever the latencies are so far
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True)
class Objective:
    percentile: str
    seconds: float

    @classmethod
    def parse(cls, text: str) -> Objective:
        found = re.fullmatch(r"p([\d.]+)\s*<\s*([\d.]+)\s*(us|ms|s)", text.strip())
        if found is None or found[1] not in PERCENTILES or float(found[2]) <= 0:
            choices = ", ".join(f"p{percentile}" for percentile in PERCENTILES)
            raise argparse.ArgumentTypeError(f"expected an objective like p99<20ms, of {choices}; got {text!r}")
        return cls(f"p{found[1]}", float(found[2]) * UNITS[found[3]])

    def __str__(self) -> str:
        return f"{self.percentile}<{self.seconds * 1e3:g}ms"

    def load(self, load: Load, rate: float) -> Load:
        """At that rate: as long as a run is to be, and with records enough for the percentile."""
        share = 1 - float(self.percentile[1:]) / 100
        records = max(round(rate * SECONDS), math.ceil(SAMPLES_BEYOND / share) + 1)
        return replace(load, rate=rate, records=records, warmup=math.ceil(records / 10))

    def holds(self, run: Measured, rate: float) -> bool:
        found = run.response.percentiles().get(self.percentile)
        return found is not None and found < self.seconds and run.rate >= KEPT_UP * rate


DEFAULT = Objective.parse("p99<20ms")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("search")
    group.add_argument(
        "--find-max", action="store_true", help="the highest rate at which each client holds --latency-slo"
    )
    group.add_argument(
        "--latency-slo",
        type=Objective.parse,
        metavar="OBJECTIVE",
        help=f"of response times, in an open loop (default: {DEFAULT})",
    )


def highest(holds: Callable[[float], bool], upper: float, precision: float = PRECISION) -> float:
    """The highest rate up to `upper` that holds, 0 if none of a hundredth of it or more does."""
    if twice(holds, upper):
        return upper
    low, high = 0.0, upper
    while high - low > precision * high and high > upper / 100:
        middle = math.sqrt(low * high) if low else high / 2
        if twice(holds, middle):
            low = middle
        else:
            high = middle
    return low


def twice(holds: Callable[[float], bool], rate: float) -> bool:
    """What two of at most three runs say."""
    first, second = holds(rate), holds(rate)
    return first if first == second else holds(rate)
