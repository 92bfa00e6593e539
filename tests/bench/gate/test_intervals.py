import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import mstats

from fastpaths.bench.errors import BenchError
from fastpaths.bench.gate.intervals import Interval, log_ratio, process_ratio, t_quantile, trimmed_mean

LEVEL = 0.005
ratios = st.lists(st.floats(-1, 1).map(lambda x: round(x, 4)), min_size=2, max_size=60)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 7, 11, 17, 18, 30, 59, 120, 1000])
@pytest.mark.parametrize("level", [0.4, 0.1, 0.025, 0.005, 0.005 / 3, 1e-4, 1e-6, 1e-9])
def test_t_quantile(level, df):
    assert t_quantile(level, df) == pytest.approx(stats.t.isf(level, df), rel=1e-6)


@pytest.mark.parametrize(("level", "df"), [(0.005, 0), (0.5, 5), (0, 5), (1e-10, 5), (math.nan, 5)])
def test_t_quantile_refuses_what_it_cannot_compute(level, df):
    with pytest.raises(ValueError, match=f"df={df}"):
        t_quantile(level, df)


@pytest.mark.parametrize("n", [2, 4, 5, 8, 9, 10, 12, 15, 20, 25, 30, 40])
def test_trimmed_mean_is_yuens(n):
    rng = random.Random(n)
    values = np.array([rng.gauss(0.02, 0.01) for _ in range(n)])
    winsorised = mstats.winsorize(values, limits=(0.2, 0.2))
    kept = n - 2 * int(0.2 * n)
    margin = stats.t.isf(LEVEL, kept - 1) * winsorised.std(ddof=1) * math.sqrt((n - 1) / kept / (kept - 1))
    estimate = stats.trim_mean(values, 0.2)
    assert trimmed_mean(values.tolist(), LEVEL) == pytest.approx((estimate, estimate - margin, estimate + margin))


def test_trimmed_mean_is_not_moved_by_every_fifth_value():
    values = [0.01, 0.012, 0.011, 0.009, 0.008, 0.0105, 0.0095, 0.01]
    wild = trimmed_mean([*values, 50.0, -2.0], LEVEL)
    assert wild.lower > 0
    assert wild.upper < 0.02


@pytest.mark.parametrize(
    "values", [[0.03], [0.03] * 8, [0.0] * 40, [0.1, 0.03, 0.03, 0.03, 0.03], [0.03, 0.03 + 1e-12] * 9]
)
def test_values_without_noise_leave_no_bounds(values):
    assert trimmed_mean(values, LEVEL) == pytest.approx(Interval(0.03 if max(values) else 0, -math.inf, math.inf))


def test_log_ratio_is_the_median_over_adjacent_slices():
    a, b = [100, 200, 400, 100], [110, 210, 400, 1000]
    assert log_ratio(a, b) == pytest.approx(np.median(np.log(np.divide(b, a))))
    assert log_ratio(b, a) == pytest.approx(-log_ratio(a, b))
    assert log_ratio([7 * x for x in a], [7 * x for x in b]) == pytest.approx(log_ratio(a, b))


def test_slices_that_cannot_be_compared():
    with pytest.raises(ValueError, match="got 2 of A and 1 of B"):
        log_ratio([1, 2], [1])
    for a, b in ([1, 0], [1, 1]), ([1, 1], [1, 0]), ([1, math.nan], [1, 1]):
        with pytest.raises(BenchError, match="took no time at all"):
            log_ratio(a, b)


def test_nothing_has_no_mean():
    with pytest.raises(BenchError, match="nothing to take the mean of"):
        trimmed_mean([], LEVEL)


@given(ratios, st.randoms())
def test_trimmed_mean_ignores_order_and_mirrors(values, rng):
    interval = trimmed_mean(values, LEVEL)
    shuffled = rng.sample(values, len(values))
    assert trimmed_mean(shuffled, LEVEL) == interval
    mirrored = trimmed_mean([-value for value in values], LEVEL)
    assert mirrored == pytest.approx((-interval.estimate, -interval.upper, -interval.lower), abs=1e-12)


def processes(rng, count, scale=1.0):
    """A pyperf result with the noise of processes and of values, now and then a wild process."""
    medians = [rng.gauss(0, 0.02) + (rng.random() < 0.1) * rng.random() * 0.2 for _ in range(count)]
    return [[scale * math.exp(median + rng.gauss(0, 0.005)) for _ in range(3)] for median in medians]


@pytest.mark.parametrize(("old_count", "new_count"), [(10, 10), (20, 20), (40, 12), (2, 20)])
def test_process_ratio_is_yuens_two_sample_interval(old_count, new_count):
    rng = random.Random(old_count)
    old, new = processes(rng, old_count), processes(rng, new_count, 1.1)
    a, b = (np.log(np.median(side, axis=1)) for side in (old, new))
    expected = stats.ttest_ind(b, a, equal_var=False, trim=0.2)
    low, high = expected.confidence_interval(1 - 2 * LEVEL)
    interval = process_ratio(old, new, LEVEL)
    assert interval.estimate == pytest.approx(stats.trim_mean(b, 0.2) - stats.trim_mean(a, 0.2))
    # The degrees of freedom are rounded down: never narrower than scipy's, and at most one degree wider.
    wider = stats.t.isf(LEVEL, math.floor(expected.df)) / stats.t.isf(LEVEL, expected.df)
    assert interval.upper - interval.lower == pytest.approx((high - low) * wider)


def test_process_ratio_errs_no_more_often_than_its_level_says():
    rng = random.Random(1)
    trials, level, misses = 1000, 0.025, 0
    for _ in range(trials):
        interval = process_ratio(processes(rng, 10), processes(rng, 10), level)
        misses += not interval.lower <= 0 <= interval.upper
    assert stats.binomtest(misses, trials, 2 * level, alternative="greater").pvalue > 0.01


@given(st.floats(1e-9, 1e9), st.integers(2, 30), st.integers(0, 1000))
def test_the_unit_of_time_does_not_matter(scale, count, seed):
    rng = random.Random(seed)
    old, new = processes(rng, count), processes(rng, count, 1.05)
    scaled = process_ratio(*([[scale * x for x in values] for values in side] for side in (old, new)), LEVEL)
    assert scaled == pytest.approx(process_ratio(old, new, LEVEL), rel=1e-6, abs=1e-9)


def test_a_side_without_noise_leaves_no_bounds():
    noisy = processes(random.Random(1), 20)
    assert process_ratio([[1.0, 1.0]] * 20, noisy, LEVEL)[1:] == (-math.inf, math.inf)
    assert process_ratio(noisy, noisy[:1], LEVEL)[1:] == (-math.inf, math.inf)


@pytest.mark.parametrize("values", [[], [1.0, 0.0], [math.nan], [math.inf, 1.0]])
def test_values_that_are_no_times(values):
    with pytest.raises(BenchError, match="process 2: its values must be positive and finite"):
        process_ratio([[1.0], values], [[1.0], [1.1]], LEVEL)
