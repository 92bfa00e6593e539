"""A profile for people: a fact a line, so that the narrowest terminal shows them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..display import plural, si
from ..gate.intervals import Interval
from ..gate.verdict import describe
from .profile import CLASSES, MB, Profile, direction


def show(console: Console, profiles: Sequence[Profile], slowdowns: Mapping[str, Interval]) -> None:
    for profile in profiles:
        table = Table(
            title=escape(profile.name),
            title_justify="left",
            title_style="bold",
            box=None,
            pad_edge=False,
            show_header=False,
        )
        table.add_column("of what", no_wrap=True)
        table.add_column("found", overflow="fold")
        for what, found in facts(profile, slowdowns.get(profile.name)):
            table.add_row(what, escape(found))
        console.print(table)
        console.print()


def facts(profile: Profile, slowdown: Interval | None = None) -> Iterator[tuple[str, str]]:
    """Of what -> what was found, in words."""
    unit = profile.unit
    if profile.rate is not None:
        efficient = profile.records_a_cpu_second
        yield (
            "rate",
            f"{si(profile.rate, f' {unit}s/s')}"
            + (f"; {si(efficient, f' {unit}s')} a CPU second" if efficient else ""),
        )
    seconds = profile.seconds
    yield (
        "CPU",
        (
            f"{profile.cpu / seconds:.0%} of a core over {seconds:.1f} s: "
            f"user {profile.user / seconds:.0%}, system {profile.system / seconds:.0%}"
        ),
    )
    if profile.processes > 1:
        yield (
            "processes",
            f"up to {profile.processes} at once: sums, where a page that they share is in each RSS",
        )
    yield "RSS", f"{size(profile.peak)} at most: {described_class(profile)}"
    if profile.uss is not None:
        yield "USS", f"{size(profile.uss)} at most: what no other process shares"
    if (growth := profile.growth()) is not None:
        yield "growth", f"{described_growth(growth)} of RSS: {direction(growth)}"
    if (memory := profile.memory) is not None:
        items = memory.items
        yield (
            "memory",
            (
                f"{size(memory.held_an_item)} held a {unit} (set-up {size(memory.set_up / items)}, "
                f"operation {size(memory.kept / items)}); at most {size(memory.peak)} more while it runs"
            ),
        )
        yield "allocations", f"{memory.allocations / items:.3g} a {unit}, {memory.allocations:,} an operation"
    if profile.pauses is not None:
        yield "collector", described_pauses(profile)
    if (voluntary := profile.grew("voluntary")) is not None:
        yield "switches", f"{voluntary:,} voluntary, {profile.grew('involuntary'):,} forced, of its first thread"
    if (minor := profile.grew("minor_faults")) is not None:
        yield "page faults", f"{minor:,} minor, {profile.grew('major_faults'):,} major"
    if (read := profile.grew("disk_read")) is not None:
        yield "disk", f"{size(read)} read, {size(profile.grew('disk_written') or 0)} written by the process"
    if (received := profile.grew("host_received")) is not None:
        yield (
            "network",
            f"{size(received)} received, {size(profile.grew('host_sent') or 0)} sent by the whole host",
        )
    cost = profile.cost
    yield (
        "sampler",
        (
            f"{len(profile.samples)} samples at {profile.hz:g} Hz, {cost.missed} missed; "
            f"took {cost.share:.2%} of a core beside the process"
        ),
    )
    if slowdown is not None:
        yield "its cost", f"an operation takes {describe(slowdown)} while it is sampled"


def size(nbytes: float, unit: str = "B") -> str:
    """Like si, but nothing is smaller than a byte."""
    return si(nbytes, unit) if abs(nbytes) >= 1 else f"{nbytes:.2g} {unit}"


def described_class(profile: Profile) -> str:
    bound = next(bound for bound, name in CLASSES if name == profile.rss_class)
    if profile.rss_class == CLASSES[-1][1]:
        return f"{profile.rss_class} (≥ {CLASSES[-2][0] / MB:g} MB)"
    return f"{profile.rss_class} (< {bound / MB:g} MB)"


def described_growth(growth: Interval) -> str:
    """Bytes a second between its bounds."""
    estimate, low, high = (f"{'-' if value < 0 else '+'}{size(abs(value), 'B/s')}" for value in growth)
    return f"{estimate} [{low}, {high}]" if abs(growth.upper) != float("inf") else estimate


def described_pauses(profile: Profile) -> str:
    pauses = profile.pauses or ()
    if not pauses:
        return "no pause"
    counts = Counter(pause.generation for pause in pauses)
    longest = max(pause.seconds for pause in pauses)
    generations = ", ".join(f"{counts[generation]:,} of generation {generation}" for generation in sorted(counts))
    count = f"{len(pauses):,} {plural(len(pauses), 'pause')}"
    return f"{profile.gc_share:.2%} of the time in {count} ({generations}), {si(longest, 's')} at most"
