from itertools import combinations_with_replacement
from math import inf, log, log1p

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.bench.gate.intervals import Interval
from fastpaths.bench.gate.verdict import Verdict, describe, exit_code, grounds, judge

REGRESSED, IMPROVED, UNCHANGED, INCONCLUSIVE = Verdict


@pytest.mark.parametrize(
    ("estimate", "lower", "upper", "verdict"),
    [  # percent; at a tolerance of 5 % the threshold is 1.97 %
        (0, -1, 1, UNCHANGED),
        (0, -4.7, 4.9, UNCHANGED),
        (0, -4.9, 4.9, INCONCLUSIVE),  # on the log scale the tolerance reaches down to -4.76 %
        (0, -1, 5.1, INCONCLUSIVE),
        (1.5, 0.5, 2.5, UNCHANGED),  # slower for sure, and for sure by less than anyone asked to know
        (1.5, 0.5, 5.1, INCONCLUSIVE),
        (2, 0.1, 4, REGRESSED),
        (2, -0.1, 4.1, UNCHANGED),
        (4, -0.1, 8, INCONCLUSIVE),
        (10, 0.1, 20, REGRESSED),
        (10, 9, 11, REGRESSED),
        (-2, -4, -0.1, IMPROVED),
        (-1.5, -2.5, -0.5, UNCHANGED),
        (-10, -20, 1, INCONCLUSIVE),
        (0.5, -inf, inf, INCONCLUSIVE),
        (30, -inf, inf, INCONCLUSIVE),
    ],
)
def test_rule(estimate, lower, upper, verdict):
    interval = Interval(*(x if abs(x) == inf else log1p(x / 100) for x in (estimate, lower, upper)))
    assert judge(interval, 0.05) is verdict


@given(st.floats(-0.2, 0.2), st.floats(0, 0.2), st.floats(0, 0.2), st.floats(0.005, 0.5))
def test_swapping_the_sides_mirrors_the_verdict(estimate, below, above, tolerance):
    mirror = {REGRESSED: IMPROVED, IMPROVED: REGRESSED}
    verdict = judge(Interval(estimate, estimate - below, estimate + above), tolerance)
    swapped = judge(Interval(-estimate, -estimate - above, -estimate + below), tolerance)
    assert swapped is mirror.get(verdict, verdict)


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(log(1.03), log(1.02), log(1.04)), "the interval lies above 0 and the estimate reaches +1.97 %"),
        (Interval(-log(1.03), -log(1.04), -log(1.02)), "the interval lies below 0 and the estimate reaches -1.93 %"),
        (Interval(0, -0.01, 0.01), "the interval lies within the tolerance of 5 %"),
        (
            Interval(0, -0.1, 0.1),
            "the interval neither lies within the tolerance of 5 % nor shows a change of -1.93 % or +1.97 %",
        ),
        (Interval(0, -inf, inf), "values that do not vary, or a single one, show no noise to compare with"),
    ],
)
def test_grounds(interval, text):
    assert grounds(interval, 0.05) == text


def test_description():
    assert describe(Interval(log(1.0312), log(0.98), log(1.1))) == "+3.12 % [-2.00 %, +10.00 %]"
    assert describe(Interval(log(1.0312), -inf, inf)) == "+3.12 % [no bounds]"
    assert describe(Interval(log(20), log(0.05), 1000.0)) == "20 times [-95.00 %, 1.01e+304 times]"


def test_exit_code():
    """By the table of exit codes: 2, 1, 3, 0, the first that applies."""
    for count in range(5):
        for verdicts in combinations_with_replacement(Verdict, count):
            reached = [verdict for verdict in verdicts if verdict is not INCONCLUSIVE]
            for strict in (False, True):
                if REGRESSED in verdicts:
                    expected = 1
                elif not reached or (strict and len(reached) < count):
                    expected = 3
                else:
                    expected = 0
                assert exit_code(verdicts, strict=strict) == expected
                assert exit_code(verdicts, strict=strict, failed=True) == 2
