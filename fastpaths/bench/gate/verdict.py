"""What an interval lets one say about B against A, and what a run of such verdicts exits with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from .intervals import Interval

THRESHOLD: Final = 0.4  # of δ: changes smaller than that are not reported however sure they are


class Verdict(StrEnum):
    REGRESSED = "regressed"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    INCONCLUSIVE = "inconclusive"


def judge(interval: Interval, tolerance: float) -> Verdict:
    """The rule, for an interval of log(B/A) and δ = log(1 + tolerance), the smallest slowdown that must be caught.

    regressed: the lower bound is above 0 and the estimate at least 0.4 δ (improved: the mirror image);
    unchanged: neither, and the whole interval lies between -δ and δ; else inconclusive.
    """
    delta = math.log1p(tolerance)
    if interval.lower > 0 and interval.estimate >= THRESHOLD * delta:
        return Verdict.REGRESSED
    if interval.upper < 0 and interval.estimate <= -THRESHOLD * delta:
        return Verdict.IMPROVED
    if -delta < interval.lower and interval.upper < delta:
        return Verdict.UNCHANGED
    return Verdict.INCONCLUSIVE


def grounds(interval: Interval, tolerance: float) -> str:
    """Which part of the rule applied, in words."""
    threshold = THRESHOLD * math.log1p(tolerance)
    within = f"within the tolerance of {100 * tolerance:.3g} %"
    match judge(interval, tolerance):
        case Verdict.REGRESSED:
            return f"the interval lies above 0 and the estimate reaches {percent(threshold)}"
        case Verdict.IMPROVED:
            return f"the interval lies below 0 and the estimate reaches {percent(-threshold)}"
        case Verdict.UNCHANGED:
            return f"the interval lies {within}"
    if math.isinf(interval.upper):
        return "values that do not vary, or a single one, show no noise to compare with"
    return f"the interval neither lies {within} nor shows a change of {percent(-threshold)} or {percent(threshold)}"


def describe(interval: Interval) -> str:
    """The estimate and its bounds, as in: +3.12 % [+1.90 %, +4.36 %]."""
    if math.isinf(interval.upper):
        return f"{percent(interval.estimate)} [no bounds]"
    return f"{percent(interval.estimate)} [{percent(interval.lower)}, {percent(interval.upper)}]"


def percent(log_ratio: float) -> str:
    """The change that log(B/A) stands for; from tenfold on, the factor."""
    if log_ratio > math.log(10):
        return f"{math.exp(min(log_ratio, 700.0)):.3g} times"
    return f"{100 * math.expm1(log_ratio):+.2f} %"


def exit_code(verdicts: Iterable[Verdict], *, failed: bool = False, strict: bool = False) -> int:
    """2: something could not be measured (`failed`), else 1: something regressed, else 3: nothing reached a verdict, or
    not everything did and `strict` asks for that, else 0."""
    reached = list(verdicts)
    if failed:
        return 2
    if Verdict.REGRESSED in reached:
        return 1
    inconclusive = reached.count(Verdict.INCONCLUSIVE)
    return 3 if inconclusive == len(reached) or (strict and inconclusive) else 0
