"""Estimates of a ratio of times, or of growth, each with the interval that the noise leaves around it.

Ratios are on the log scale, log(B/A): swapping A and B changes the sign and nothing else. `level` is always one-sided,
the probability that the truth lies beyond the one bound, and again beyond the other.

The estimators were chosen by their error rates. One-sided false alarms at level 0.5 % and the width of the interval,
two files of 10 processes each, 1,500 simulations a cell:

    noise of a process              Yuen-Welch (here)   Welch            bootstrap, hierarchical    bootstrap-t
    normal, sd 2 %                  0.5 %   0.066       0.6 %   0.054    1.5 %   0.045              0.6 %   0.073
    one in ten 5 times as noisy     0.4 %   0.076       0.1 %   0.092    1.2 %   0.074              0.5 %   0.082
    one in seven up to 20 % slower  0.3 %   0.102       0.1 %   0.120    1.6 %   0.099              0.4 %   0.113

For rounds the choice shows in the gate: where one round in five is three to ten times as noisy, the plain mean with
Student's t leaves 43 % of the unchanged cases without a verdict, the trimmed mean 0.2 % (sd 3 %, tolerance 5 %).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import median
from typing import NamedTuple

from ..errors import BenchError

# Narrower than this on the log scale is no noise: 1 ms by a clock of nanoseconds has steps of 1e-6.
NO_SPREAD = 1e-9


class Interval(NamedTuple):
    """An estimate between its bounds, which are infinite where the data say nothing about the noise."""

    estimate: float
    lower: float
    upper: float


def log_ratio(a: Sequence[float], b: Sequence[float]) -> float:
    """The estimate of one round: the median of log(B/A) over adjacent slices, a[i] and b[i] their times in one unit.

    Of the estimators tried, the median has the least spread from round to round; that of minima is five times as wide.
    """
    if len(a) != len(b) or not a:
        raise ValueError(f"log_ratio: slices come in pairs, got {len(a)} of A and {len(b)} of B")
    if not all(0 < time < math.inf for time in (*a, *b)):
        raise BenchError("a slice took no time at all by the clock: the clock is too coarse for slices this short")
    return median(math.log(y / x) for x, y in zip(a, b, strict=True))


def trimmed_mean(values: Sequence[float], level: float, exact: bool = False) -> Interval:
    """20 % trimmed mean with Yuen's interval: every fifth value may be wild without moving it.

    Values that are all the same (or all but the trimmed) show the resolution of the clock and not how they would vary,
    so they leave the interval infinite: no width at all would "prove" whatever the first value happens to be. `exact`
    values are counted, not read from a clock: where all agree, there is no noise to leave room for.
    """
    mean, variance, df = _yuen(values)
    if exact and len(values) > 1 and max(values) - min(values) < NO_SPREAD:
        return Interval(mean, mean, mean)
    return _interval(mean, variance, df, level)


def process_ratio(old: Sequence[Sequence[float]], new: Sequence[Sequence[float]], level: float) -> Interval:
    """log(new/old) of two pyperf results, each a list of processes, each a list of values; Yuen's two-sample interval.

    A process counts once, by its median: the values of one process share its memory layout and hash seed, and taken as
    independent they make false alarms. What two sessions hours apart do not share (frequency, neighbours) no interval
    computed from the two files can see.
    """
    (a, variance_a, df_a), (b, variance_b, df_b) = (_yuen(_log_medians(processes)) for processes in (old, new))
    variance = variance_a + variance_b
    if not min(variance_a, variance_b):
        return _interval(b - a, 0.0, 0, level)
    # Welch's degrees of freedom, rounded down to where the quantile is exact, which widens the interval.
    df = int(variance**2 / (variance_a**2 / df_a + variance_b**2 / df_b))
    return _interval(b - a, variance, df, level)


@lru_cache(maxsize=1024)
def t_quantile(level: float, df: int) -> float:
    """What Student's t with df degrees of freedom exceeds with probability `level`; right to one part in a million."""
    if not (1e-9 <= level < 0.5 and df >= 1):
        raise ValueError(f"t_quantile: needs 1e-9 <= level < 0.5 and df >= 1, got level={level}, df={df}")
    low, high = 0.0, math.pi / 2  # of the angle atan(t/√df), which is bounded where t is not
    for _ in range(60):
        middle = (low + high) / 2
        if _probability_within(middle, df) < 1 - 2 * level:
            low = middle
        else:
            high = middle
    return math.sqrt(df) * math.tan(low)


def _probability_within(angle: float, df: int) -> float:
    """P(|t| < √df·tan(angle)), closed for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    odd = df % 2
    sine, cosine = math.sin(angle), math.cos(angle)
    term = total = cosine if odd else 1.0
    for k in range(2 + odd, df - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    if not odd:
        return sine * total
    return 2 / math.pi * (angle + (sine * total if df > 1 else 0))


def _log_medians(processes: Sequence[Sequence[float]]) -> list[float]:
    for number, values in enumerate(processes, start=1):
        if not values or not all(0 < value < math.inf for value in values):
            raise BenchError(f"process {number}: its values must be positive and finite, got {list(values)}")
    return [math.log(median(values)) for values in processes]


def _yuen(values: Sequence[float]) -> tuple[float, float, int]:
    """The trimmed mean, the estimated variance of it (0: not known), and its degrees of freedom."""
    if not values:
        raise BenchError("there is nothing to take the mean of: no rounds, or no processes")
    ordered = sorted(values)
    cut = len(ordered) // 5
    kept = ordered[cut : len(ordered) - cut]
    mean = math.fsum(kept) / len(kept)
    if kept[-1] - kept[0] < NO_SPREAD:
        return mean, 0.0, 0
    winsorised = [kept[0]] * cut + kept + [kept[-1]] * cut
    center = math.fsum(winsorised) / len(winsorised)
    squares = math.fsum((value - center) ** 2 for value in winsorised)
    return mean, squares / (len(kept) * (len(kept) - 1)), len(kept) - 1


def _interval(estimate: float, variance: float, df: int, level: float) -> Interval:
    if not variance:
        return Interval(estimate, -math.inf, math.inf)
    margin = t_quantile(level, df) * math.sqrt(variance)
    return Interval(estimate, estimate - margin, estimate + margin)
