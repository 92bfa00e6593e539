"""Latencies: files of pyperf with one benchmark a statistic, and logs of HDR histograms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import pyperf

from ..display import plural, si
from ..errors import BenchError
from .model import Chart, Row, Section, Table, rounded

STATISTICS = ("min", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "p99.999", "max", "mean", "throughput")
HIGHEST = 24 * 3600 * 10**9  # a day of nanoseconds
STEPS_A_HALVING = 5  # of what lies beyond, from one point of a curve to the next
SHOWN = ("broker_kind", "broker_version", "client", "client_version", "record_size", "tuning")


def is_statistic(bench: pyperf.Benchmark) -> bool:
    """Written by a Kafka scenario: NAME/p50 and so on, one value a run."""
    return "latency_from" in bench.get_metadata() and bench.get_name().rpartition("/")[2] in STATISTICS


def sections(benchmarks: Sequence[pyperf.Benchmark], path: Path) -> Iterator[Section]:
    about = dict(set.intersection(*({*bench.get_metadata().items()} for bench in benchmarks)))
    measured_from = " or ".join(sorted({bench.get_metadata()["latency_from"] for bench in benchmarks}))
    by_name: dict[str, dict[str, pyperf.Benchmark]] = {}
    for bench in benchmarks:
        name, _, statistic = bench.get_name().rpartition("/")
        by_name.setdefault(name, {})[statistic] = bench
    latencies = any(statistics.keys() - {"throughput"} for statistics in by_name.values())
    # Of its first statistic, which all runs of a name have.
    all_runs = {name: next(iter(statistics.values())).get_runs() for name, statistics in by_name.items()}
    count = sum(map(len, all_runs.values()))
    ended = list(_incomplete(all_runs))
    headings = ["statistic", "median", "least", "greatest", "runs"]
    yield Section(
        title="Latency" if latencies else "Throughput",
        source=path.name,
        intro=[
            f"From the {measured_from} on. How far the runs disagree is what a difference must exceed to mean "
            "anything; a percentile is told where at least ten samples lie beyond it."
        ]
        if latencies
        else [],
        facts={name: str(about[name]) for name in SHOWN if name in about},
        notes=[*([f"Comparable {about['comparable']}"] if "comparable" in about else []), *ended],
        tables=[Table(name, headings, list(_rows(name, statistics))) for name, statistics in by_name.items()],
        summary={plural(count, "run"): count},
        verified=f"every record {'that was sent' if ended else 'of every run'} arrived once, whole and in order",
        identity={name: str(about[name]) for name in ("platform", "python_version", "cpu_model_name") if name in about},
    )


def _incomplete(all_runs: Mapping[str, Sequence[pyperf.Run]]) -> Iterator[str]:
    """Runs that ended before all was sent."""
    for name, runs in all_runs.items():
        reasons = [run.get_metadata().get("incomplete") for run in runs]
        for reason in dict.fromkeys(filter(None, reasons)):
            yield f"{name}: {reasons.count(reason)} of {len(reasons)} runs ended early ({reason})"


def _rows(name: str, statistics: Mapping[str, pyperf.Benchmark]) -> Iterator[Row]:
    for statistic in STATISTICS:
        if statistic in statistics:
            values = statistics[statistic].get_values()
            if statistic == "throughput":  # kept as seconds a message
                values = sorted(1 / value for value in values)
            shown = [
                si(value, " messages/s" if statistic == "throughput" else "s")
                for value in (median(values), min(values), max(values))
            ]
            yield Row(f"{name}/{statistic}", [statistic, *shown, str(len(values))])


def histograms(path: Path) -> Iterator[Section]:
    """The curves of a log: how many samples took longer than that."""
    from hdrh.histogram import HdrHistogram
    from hdrh.log import HistogramLogReader

    columns: dict[str, list[Any]] = {"beyond": [], "y": [], "series": []}
    total = 0
    try:
        reader = HistogramLogReader(str(path), HdrHistogram(1, HIGHEST, 3))
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error
    try:
        while (histogram := reader.get_next_interval_histogram()) is not None:
            total += histogram.get_total_count()
            for beyond, value in _curve(histogram):
                columns["beyond"].append(rounded(beyond))
                columns["y"].append(rounded(value / 1e9))
                columns["series"].append(histogram.get_tag() or "all")
    except (ValueError, TypeError, IndexError) as error:
        raise BenchError(f"{path} is not a log of HDR histograms: {error}") from error
    finally:
        reader.close()
    if not total:
        raise BenchError(f"{path} is not a log of HDR histograms, or an empty one")
    names = list(dict.fromkeys(columns["series"]))
    yield Section(
        title="Latency percentiles",
        source=path.name,
        intro=["How long the slowest take: each step to the right has half as many samples beyond it, or fewer."],
        charts=[Chart("percentiles", columns, f"{total:,} {plural(total, 'sample')}: {', '.join(names)}.")],
        summary={plural(len(names), "histogram"): len(names)},
    )


def _curve(histogram: Any) -> Iterator[tuple[float, float]]:
    """(1 in how many is slower, nanoseconds), as far as a sample lies beyond."""
    for item in histogram.get_percentile_iterator(STEPS_A_HALVING):
        percentile = item.percentile_level_iterated_to
        if percentile < 100:
            yield 100 / (100 - percentile), item.value_iterated_to
