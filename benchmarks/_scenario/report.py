"""What a person sees: first whether every record is accounted for, then the times, then their distribution."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from statistics import median

import numpy as np
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from _scenario.clients import Clients
from _scenario.latencies import PERCENTILES, SAMPLES_BEYOND, Latencies
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.probe import Target
from _scenario.results import Results

ROWS = 12
MIB = 1 << 20
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


def show_title(out: Console, title: str) -> None:
    out.print()
    out.print(Text(title, style="bold"))


def show_run(out: Console, run: Measured) -> None:
    """One run, the account first."""
    show_account(out, run)
    if len(run.received):
        out.print()
        _show_times(out, run)
        out.print()
        show_distribution(out, run.response, "response" if run.open_loop else "service")


@contextmanager
def live(out: Console, size: int) -> Iterator[Callable[..., None]]:
    """Gives a function that shows a line each time it is told how a run goes: seconds since it began, records sent,
    records received, and maybe the response times of the last interval. On a terminal, those of the run so far are
    drawn below it, until the run ends.
    """
    before, times = (0.0, 0), []
    with Live(console=out, transient=True, auto_refresh=False) if out.is_terminal else nullcontext() as drawing:

        def tell(seconds: float, sent: int, received: int, latencies: Latencies | None = None) -> None:
            nonlocal before
            rate = max(received - before[1], 0) / max(seconds - before[0], 1e-9)
            before = seconds, received
            line = f"{seconds:.1f} s: {sent:,} sent, {received:,} received, {rate:,.0f} records/s"
            line += f" ({rate * size / MIB:.2f} MiB/s)"
            if latencies is not None and len(latencies.samples):
                shown = {name: latencies.statistics().get(name) for name in ("p50", "p99", "max")}
                line += "".join(f", {name} {milliseconds(value)} ms" for name, value in shown.items() if value)
                times.append(latencies.samples)
                if drawing is not None:
                    drawing.update(_distribution(out, Latencies(np.concatenate(times)), "response"), refresh=True)
            out.print(line, style="dim")

        yield tell


def show_brief(out: Console, run: Measured, size: int) -> None:
    """One run of several clients: the account, then its rate; in an open loop, its times as well."""
    show_account(out, run)
    if not len(run.received):
        return
    out.print(f"{run.rate:,.0f} records/s ({run.rate * size / MIB:.2f} MiB/s), {run.seconds:.3f} s")
    if run.timed:
        _show_times(out, run)


def show_rates(out: Console, runs: Mapping[str, Sequence[Measured]], size: int) -> None:
    """Medians, and from where to where they go. Ratios are of the same round."""
    sound = {name: [run for run in measured if run.sound] for name, measured in runs.items()}
    sound = {name: measured for name, measured in sound.items() if measured}
    if not sound:
        return
    first = next(iter(sound))
    table = Table(box=None, pad_edge=False)
    table.add_column("client", no_wrap=True)
    for heading in ("records/s", "from - to", "MiB/s", "CPU s a million", f"times {first}", "from - to"):
        table.add_column(heading, justify="right")
    for name, measured in sound.items():
        rates = [run.rate for run in measured]
        million = median(run.cpu_seconds / (run.counted or len(run.received)) * 1e6 for run in measured)
        cells = [f"{median(rates):,.0f}", f"{min(rates):,.0f} - {max(rates):,.0f}"]
        cells += [f"{median(rates) * size / MIB:,.1f}", f"{million:.2f}"]
        if name != first:
            ratios = [run.rate / base.rate for run, base in zip(measured, sound[first], strict=False)]
            cells += [f"{median(ratios):.3g}", f"{min(ratios):.3g} - {max(ratios):.3g}"]
        table.add_row(name, *cells)
    out.print()
    out.print(table)


def show_highest(out: Console, rates: Mapping[str, float], objective: str, size: int) -> None:
    """What a search has found."""
    show_title(out, f"highest rate with {objective}")
    for name, rate in rates.items():
        out.print(f"{name}: {rate:,.0f} records/s ({rate * size / MIB:.2f} MiB/s)" if rate else f"{name}: none")


def show_account(out: Console, run: Measured) -> None:
    if run.stopped is not None:
        out.print(f"INCOMPLETE: {run.stopped}", style="bold red")
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
    for error in run.errors:
        out.print(f"the producer: {error}", style="red")


def _show_times(out: Console, run: Measured) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("ms")
    columns = {"service": run.service}
    if run.open_loop:
        columns = {"response": run.response, **columns, "sent late": run.delay}
    for name in columns:
        table.add_column(name, justify="right")
    statistics = [latencies.statistics() for latencies in columns.values()]
    for name in statistics[0]:
        table.add_row(name, *(milliseconds(values[name]) for values in statistics))
    out.print(table)
    meaning = "service: from the actual send to poll()'s return"
    if run.open_loop:
        meaning = "response: from the intended send time to poll()'s return; service: from the actual send"
    else:
        meaning += ". A closed loop: what a stall would have delayed was not sent"
    out.print(f"{len(run.received):,} records, all after the warm-up. {meaning}.", style="dim")
    if missing := [f"p{percentile}" for percentile in PERCENTILES if f"p{percentile}" not in statistics[0]]:
        out.print(f"{missing[0]} has fewer than {SAMPLES_BEYOND} samples beyond it, and is not shown.", style="dim")


def show_distribution(out: Console, latencies: Latencies, name: str = "response") -> None:
    out.print(_distribution(out, latencies, name))


def _distribution(out: Console, latencies: Latencies, name: str) -> Text:
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
    drawn = Text(f"{f'{name}, ms':<{label_width}}  {'records':>{count_width}}".rstrip(), no_wrap=True, overflow="crop")
    for label, count in zip(labels, counts.tolist(), strict=True):
        bar = block * -(-count * room // int(counts.max()))  # rounded up: one sample is seen
        drawn.append(f"\n{label:>{label_width}}  {count:>{count_width},}").append(f"  {bar}" if count else "", "cyan")
    return drawn


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


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:,.3f}"


def _fixed(milliseconds: float) -> str:
    """Three significant digits, as far as whole milliseconds."""
    digits = max(0, 2 - math.floor(math.log10(milliseconds)))
    return f"{milliseconds:,.{digits}f}"
