"""Several runs of several clients summed up: percentiles with intervals, where the time goes, and the classes."""

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import numpy as np
from rich.console import Console
from rich.table import Table

from _scenario.classes import Classes
from _scenario.measured import Measured
from _scenario.report import milliseconds, show_title
from fastpaths.bench.gate.intervals import trimmed_mean

LEVEL = 0.025  # one-sided, of the intervals over runs
CONFIDENCE = f"{1 - 2 * LEVEL:.0%}"


def show_summary(out: Console, runs: Mapping[str, Sequence[Measured]]) -> None:
    """The percentiles over several runs, each with its interval, and as a multiple of the first client's in the same
    round; and where the time goes."""
    known = {name: [run for run in measured if len(run.received)] for name, measured in runs.items()}
    known = {name: measured for name, measured in known.items() if measured}
    if not known:
        return
    first = next(iter(known))
    statistics = {name: [run.response.percentiles() for run in measured] for name, measured in known.items()}
    if max(map(len, known.values())) > 1:
        every = [of_run for of_runs in statistics.values() for of_run in of_runs]
        name = "response" if known[first][0].open_loop else "service"
        show_title(out, f"{name}, ms, with {CONFIDENCE} intervals over the runs")
        table = Table("", "client", box=None, pad_edge=False)
        for heading in ("ms", "from - to", f"times {first}", "from - to"):
            table.add_column(heading, justify="right")
        for percentile in [name for name in every[0] if all(name in of_run for of_run in every)]:
            of_first = [of_run[percentile] for of_run in statistics[first]]
            for client, of_runs in statistics.items():
                values = [of_run[percentile] for of_run in of_runs]
                cells = _with_interval([value * 1e3 for value in values], ",.3f")
                if client != first:
                    cells += _with_interval([a / b for a, b in zip(values, of_first, strict=False)], ".3g")
                table.add_row(percentile if client == first else "", client, *cells)
        out.print(table)
    if stages := list(known[first][0].stages):
        show_title(out, "where the time goes: median ms since the intended time")
        table = Table("client", box=None, pad_edge=False)
        for stage in stages:
            table.add_column(stage, justify="right")
        for client, measured in known.items():
            samples = (np.concatenate([run.stages[stage].samples for run in measured]) for stage in stages)
            table.add_row(client, *(milliseconds(float(np.median(one)) / 1e9) if len(one) else "" for one in samples))
        out.print(table)
        out.print("acknowledged: when the client says so, which confluent-kafka does at its next send.", style="dim")


def _with_interval(values: Sequence[float], style: str) -> list[str]:
    """Positive values, one a run: their mean on the log scale without the extremes; and, of three on, its interval."""
    mean, *bounds = trimmed_mean([math.log(value) for value in values], LEVEL)
    shown = [format(math.exp(bound), style) for bound in bounds if math.isfinite(bound)]
    return [format(math.exp(mean), style), " - ".join(shown if len(values) > 2 else [])]


def show_classes(
    out: Console, classes: Classes, runs: Mapping[str, Sequence[Measured]], figure: Callable[[Measured], float | None]
) -> None:
    """The class of each client, by the median of its runs' figures."""
    figures = {name: [figure(run) for run in measured if run.sound] for name, measured in runs.items()}
    known = {name: [one for one in found if one is not None] for name, found in figures.items()}
    if told := [f"{name} {classes.tell(median(found))}" for name, found in known.items() if found]:
        out.print()
        out.print(f"{classes} Here: {'; '.join(told)}.")
