"""Statistics of latencies, their histograms, and how they are drawn."""

import io
import math

import numpy as np
import pytest
from _scenario.histogram import HIGHEST, HistogramLog, histogram
from _scenario.latencies import Latencies
from _scenario.report import live, show_distribution
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

nanoseconds = st.lists(st.integers(1, HIGHEST), min_size=1, max_size=300)


def latencies(samples):
    return Latencies(np.array(samples, np.int64))


@pytest.mark.parametrize(
    ("name", "count"),
    [("p50", 20), ("p90", 100), ("p95", 200), ("p99", 1000), ("p99.9", 10_000), ("p99.99", 100_000)],
)
def test_a_percentile_needs_ten_samples_beyond_it(name, count):
    assert name in latencies(range(count)).percentiles()
    assert name not in latencies(range(count - 1)).percentiles()


@given(nanoseconds)
def test_percentiles_have_ten_samples_beyond_and_are_samples(samples):
    ordered = sorted(samples)
    for name, seconds in latencies(samples).percentiles().items():
        rank = math.ceil(round(float(name[1:]) * 1000) * len(samples) / 100_000)
        assert seconds == ordered[rank - 1] / 1e9
        assert len(samples) - rank >= 10


@given(nanoseconds)
def test_extremes_and_mean(samples):
    statistics = latencies(samples).statistics()
    assert statistics["min"] == min(samples) / 1e9
    assert statistics["max"] == max(samples) / 1e9
    assert statistics["mean"] == pytest.approx(sum(samples) / len(samples) / 1e9)


def test_no_samples_no_statistics():
    assert latencies([]).statistics() == {}


def test_the_histogram_agrees_to_three_digits():
    samples = np.random.default_rng(1).lognormal(14, 1, 5000).astype(np.int64)
    drawn, outside = histogram(Latencies(samples))
    assert outside == 0
    assert drawn.get_total_count() == 5000
    for name, seconds in Latencies(samples).percentiles().items():
        assert drawn.get_value_at_percentile(float(name[1:])) / 1e9 == pytest.approx(seconds, rel=2e-3)


def test_what_a_histogram_cannot_hold_is_counted():
    _, outside = histogram(latencies([1, HIGHEST, 4 * HIGHEST, -1]))
    assert outside == 2


def test_logs_of_several_hosts_merge_to_one_of_all(tmp_path):
    samples = np.random.default_rng(1).lognormal(14, 1, 3000).astype(np.int64)
    whole, _ = histogram(Latencies(samples))
    merged = HdrHistogram(1, HIGHEST, 3)
    for number, part in enumerate(np.array_split(samples, 3)):
        HistogramLog(tmp_path / f"{number}.hdr").add("response", 0.0, 1.0, Latencies(part))
        reader = HistogramLogReader(str(tmp_path / f"{number}.hdr"), HdrHistogram(1, HIGHEST, 3))
        merged.add(reader.get_next_interval_histogram())
        reader.input_file.close()
    assert merged.get_total_count() == 3000
    assert merged.get_percentile_to_value_dict([50, 90, 99]) == whole.get_percentile_to_value_dict([50, 90, 99])


def test_live_lines_and_on_a_terminal_a_drawing_until_the_run_ends():
    for terminal in (False, True):
        text = io.StringIO()
        out = Console(file=text, width=80, force_terminal=terminal, color_system=None, legacy_windows=False)
        with live(out, size=1 << 20) as tell:
            tell(1.0, 12, 10, latencies([2_000_000] * 30))
            tell(2.0, 32, 30, latencies([3_000_000] * 30))
        assert "1.0 s: 12 sent, 10 received, 10 records/s (10.00 MiB/s), p50 2.000 ms" in text.getvalue()
        assert "2.0 s: 32 sent, 30 received, 20 records/s (20.00 MiB/s), p50 3.000 ms" in text.getvalue()
        assert ("response, ms" in text.getvalue()) is terminal


def test_the_log_is_read_by_others(tmp_path):
    log = HistogramLog(tmp_path / "x.hdr")
    log.add("response-1", 1_700_000_000.0, 9.5, latencies([1_000_000, 2_000_000, 3_000_000]))
    log.add("service-1", 1_700_000_000.0, 9.5, latencies([500_000]))
    reader = HistogramLogReader(str(log.path), HdrHistogram(1, HIGHEST, 3))
    try:
        first, second = reader.get_next_interval_histogram(), reader.get_next_interval_histogram()
        assert reader.get_next_interval_histogram() is None
    finally:
        reader.input_file.close()
    assert [(one.get_tag(), one.get_total_count()) for one in (first, second)] == [("response-1", 3), ("service-1", 1)]
    assert first.get_value_at_percentile(50) == pytest.approx(2_000_000, rel=1e-3)
    assert first.get_start_time_stamp() == 1_700_000_000_000


@given(nanoseconds, st.sampled_from([40, 80, 200]))
def test_the_drawing_leaves_no_sample_out_and_fits(samples, width):
    text = io.StringIO()
    show_distribution(Console(file=text, width=width, color_system=None), latencies(samples))
    heading, *rows = text.getvalue().splitlines()
    counts = [int(row.partition(" - ")[2].split()[1].replace(",", "")) for row in rows]
    assert heading.startswith("response, ms")
    assert sum(counts) == len(samples)
    assert all(len(row) <= width for row in rows)
