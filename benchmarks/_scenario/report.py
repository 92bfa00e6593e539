"""What a person sees: first whether every record is accounted for, then the times, then their distribution."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from _scenario.clients import Clients
from _scenario.latencies import PERCENTILES, SAMPLES_BEYOND, Latencies
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.probe import Target
from _scenario.results import Results

ROWS = 12
EMBEDDED = (
    "An embedded broker has no disk, no replication and no network: "
    "these figures must not be compared with a real broker's."
)
COUNTED = {
    "lost": "lost",
    "duplicated": "duplicated",
    "reordered": "out of order",
    "corrupted": "corrupted",
    "refused": "refused by the producer",
}


def console(width: int | None = None) -> Console:
    """Colours only at a terminal without NO_COLOR; the given width, or the terminal's, or 80."""
    return Console(highlight=False, emoji=False, markup=False, width=width)


def show_heading(out: Console, title: str, target: Target, load: Load, clients: Clients) -> None:
    out.print(Text(title, style="bold"))
    out.print(f"broker: {target.kind} ({target.version}) at {target.bootstrap_servers}")
    for name, value in {"load": str(load), **clients.spelled()}.items():
        out.print(f"{name}: {value}")
    if target.embedded:
        out.print(EMBEDDED, style="yellow")


def show_run(out: Console, run: Measured, title: str = "") -> None:
    """One run, the account first."""
    out.print()
    if title:
        out.print(Text(title, style="bold"))
    if run.stopped is not None:
        out.print(f"INCOMPLETE: {run.stopped}", style="bold red")
    _show_account(out, run)
    if len(run.received):
        out.print()
        _show_times(out, run)
        out.print()
        show_distribution(out, run.response)


def _show_account(out: Console, run: Measured) -> None:
    account = run.account
    names = dict(COUNTED)
    if run.stopped is not None:
        names["lost"] = "still under way"
    counts = ", ".join(f"{getattr(account, field):,} {name}" for field, name in names.items())
    out.print(
        f"{account.sent:,} sent, {account.delivered:,} delivered: {counts}.",
        style="bold red" if account.faults else "green",
    )
    if account.foreign:
        out.print(f"{account.foreign:,} records of others were in the topic, and left out.")


def _show_times(out: Console, run: Measured) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("ms")
    columns = {"response": run.response, "service": run.service, "sent late": run.delay}
    for name in columns:
        table.add_column(name, justify="right")
    statistics = [latencies.statistics() for latencies in columns.values()]
    for name in statistics[0]:
        table.add_row(name, *(_milliseconds(values[name]) for values in statistics))
    out.print(table)
    out.print(
        f"{len(run.received):,} records, all after the warm-up. "
        "response: from the intended send time to poll()'s return; service: from the actual send.",
        style="dim",
    )
    if missing := [f"p{percentile}" for percentile in PERCENTILES if f"p{percentile}" not in statistics[0]]:
        out.print(f"{missing[0]} has fewer than {SAMPLES_BEYOND} samples beyond it, and is not shown.", style="dim")


def show_distribution(out: Console, latencies: Latencies) -> None:
    """Counts between the least and the greatest sample, on a logarithmic scale: nothing is left out."""
    samples = latencies.samples / 1e6
    least, greatest = max(samples.min(), 1e-6), samples.max()
    edges = np.geomspace(least, greatest, ROWS + 1) if greatest > least else np.array([least, least])
    # Inner edges alone: what rounding put beyond the outer ones belongs to the first or the last row.
    counts = np.bincount(np.searchsorted(edges[1:-1], samples, side="right"), minlength=len(edges) - 1)
    labels = [f"{_fixed(low)} - {_fixed(high)}" for low, high in pairwise(edges.tolist())]
    label_width, count_width = max(map(len, labels)), len(f"{counts.max():,}")
    room = max(min(out.width, 100) - label_width - count_width - 4, 1)
    block = "#" if out.options.ascii_only else "█"
    out.print(f"{'response, ms':<{label_width}}  {'records':>{count_width}}".rstrip())
    for label, count in zip(labels, counts.tolist(), strict=True):
        bar = block * -(-count * room // int(counts.max()))  # rounded up: one sample is seen
        line = Text(f"{label:>{label_width}}  {count:>{count_width},}")
        out.print(line.append(f"  {bar}" if count else "", style="cyan"), no_wrap=True, overflow="crop")


def show_summary(out: Console, runs: Sequence[Measured]) -> None:
    """Each statistic over several runs. How far they disagree is what a difference must exceed to mean anything."""
    out.print()
    out.print(Text(f"response, {len(runs)} runs", style="bold"))
    table = Table("ms", box=None, pad_edge=False)
    for name in ("median", "least", "greatest"):
        table.add_column(name, justify="right")
    statistics = [run.response.statistics() for run in runs]
    for name in statistics[0]:
        values = [of_run[name] for of_run in statistics if name in of_run]
        table.add_row(name, *map(_milliseconds, (median(values), min(values), max(values))))
    out.print(table)


def show_files(out: Console, results: Results) -> None:
    out.print()
    if results.path.exists():
        out.print(f"statistics: {results.path} (for pyperf stats, pyperf compare_to)")
    else:
        out.print(f"statistics: none written; {results.path} is for runs whose every record is accounted for")
    if results.log.path.exists():
        out.print(f"histograms: {results.log.path} (HdrHistogram's log format, in nanoseconds)")
    if results.log.outside:
        out.print(f"{results.log.outside:,} samples were outside the histograms' range and are missing there")


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:,.3f}"


def _fixed(milliseconds: float) -> str:
    """Three significant digits, as far as whole milliseconds."""
    digits = max(0, 2 - math.floor(math.log10(milliseconds)))
    return f"{milliseconds:,.{digits}f}"
