"""The tables of a contest: what each client did, and how many times it was outdone. Ratios are of the same round."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from rich.table import Table

from _scenario.contest import Round

OURS = "fastpaths"


def figures(rounds: Sequence[Round]) -> Table:
    """Medians, and from where to where they go."""
    table = Table("client", "version", box=None, pad_edge=False)
    for heading in ("M messages/s", "from", "to", "CPU s/million"):
        table.add_column(heading, justify="right")
    for client, first in rounds[0].items():
        rates = [round[client].rate / 1e6 for round in rounds]
        cells = [f"{figure:.3f}" for figure in (median(rates), min(rates), max(rates))]
        cells.append(f"{median(round[client].cpu_a_million for round in rounds):.3f}")
        table.add_row(client, first.version, *cells)
    return table


def ratios(rounds: Sequence[Round]) -> Table:
    """Of ours to the others: how many times as fast, and how much less of a CPU's time a message takes."""
    ours = [client for client in rounds[0] if client.startswith(OURS) and "," not in client]  # behind it: more work
    table = Table("against", box=None, pad_edge=False)
    for client in ours:
        for heading in (f"{client.removeprefix(OURS).strip() or OURS} is", "from", "to", "of its CPU"):
            table.add_column(heading, justify="right")
    for other in rounds[0]:
        if other.startswith(OURS):
            continue
        cells = []
        for client in ours:
            rates = [round[client].rate / round[other].rate for round in rounds]
            cells += [f"{figure:.3g}x" for figure in (median(rates), min(rates), max(rates))]
            saved = median(round[other].cpu_a_million / round[client].cpu_a_million for round in rounds)
            cells.append(f"1/{saved:.3g}" if saved > 1 else f"{1 / saved:.3g}")
        table.add_row(other, *cells)
    return table
