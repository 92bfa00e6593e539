"""Files of `fastpaths profile`: memory, CPU and throughput over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..display import plural, si
from ..gate.intervals import Interval
from ..profiling.profile import Profile, direction
from ..profiling.showing import facts
from .model import Chart, Row, Section, Table, rounded

MOST_POINTS = 400  # of a line: a screen shows no more


def sections(data: Mapping[str, Any], path: Path) -> Iterator[Section]:
    profiles = [Profile.from_json(profile) for profile in data["profiles"]]
    slowdowns = {name: Interval(**interval) for name, interval in data["slowdowns"].items()}
    rows = [_row(profile, slowdowns.get(profile.name)) for profile in profiles]
    verified = sum(bool(profile.slices) for profile in profiles)
    yield Section(
        title="Resources",
        source=path.name,
        intro=["Sampled by another process while they worked; network bytes are those of the whole host."],
        notes=[*data["failures"], *(["Interrupted: what had been sampled is shown."] if data["interrupted"] else [])],
        tables=[Table("profiles", ["what", "rate", "CPU", "RSS", "class", "growth", "collector"], rows)],
        summary={plural(len(profiles), "profile"): len(profiles)},
        verified=f"{verified} {plural(verified, 'answer')} verified before sampling",
        identity={
            "machine": data["machine"],
            "Python": data["python"],
            "date": data["date"],
            **{what: value for what, value in data["build"].items() if what != "version"},
        },
    )


def _row(profile: Profile, slowdown: Interval | None) -> Row:
    growth = profile.growth()
    return Row(
        profile.name,
        [
            profile.name,
            "" if profile.rate is None else si(profile.rate, f" {profile.unit}s/s"),
            f"{profile.cpu / profile.seconds:.0%}",
            si(profile.peak, "B"),
            profile.rss_class,
            "" if growth is None else direction(growth),
            "" if profile.gc_share is None else f"{profile.gc_share:.1%}",
        ],
        facts=dict(facts(profile, slowdown)),
        charts=list(_charts(profile)),
    )


def _charts(profile: Profile) -> Iterator[Chart]:
    start = profile.samples[0].time
    samples = profile.samples[:: 1 + len(profile.samples) // MOST_POINTS]
    memory = [(sample.time, "RSS", float(sample.rss)) for sample in samples]
    uss = [(sample.time, float(sample.uss)) for sample in profile.samples if sample.uss is not None]
    if uss:  # read less often: the last of it holds until the end
        uss.append((profile.samples[-1].time, uss[-1][1]))
    memory += [(time, "USS", nbytes) for time, nbytes in uss]
    yield _lines("memory over time", memory, start, f"RSS and USS over {profile.seconds:.1f} s.")
    # The clock of CPU time has steps of 10 ms: over less than a quarter of a second they would be all one sees.
    step = max(1, round(profile.hz / 4), len(profile.samples) // MOST_POINTS)
    shares = []
    for before, after in pairwise(profile.samples[::step]):
        seconds = after.time - before.time
        shares.append((after.time, "user", (after.user - before.user) / seconds))
        shares.append((after.time, "system", (after.system - before.system) / seconds))
    yield _lines("share over time", shares, start, f"CPU time: {profile.cpu / profile.seconds:.0%} of one core.")
    rates = list(profile.rates())
    if rates:
        every = 1 + len(rates) // MOST_POINTS
        points = [(time, f"{profile.unit}s a second", rate) for time, rate in rates[::every]]
        yield _lines("rate over time", points, start, f"{profile.unit}s a second, slice by slice.")
    if profile.pauses:
        pauses = sorted(profile.pauses, key=lambda pause: -pause.seconds)[:MOST_POINTS]
        yield Chart(
            "pauses",
            {
                "t": [rounded(pause.time - start) for pause in pauses],
                "y": [rounded(pause.seconds) for pause in pauses],
                "generation": [str(pause.generation) for pause in pauses],
            },
            "Pauses of the garbage collector, by generation"
            + (
                "."
                if len(pauses) == len(profile.pauses)
                else f": the longest {len(pauses)} of {len(profile.pauses):,}."
            ),
        )


def _lines(spec: str, points: list[tuple[float, str, float]], start: float, caption: str) -> Chart:
    return Chart(
        spec,
        {
            "t": [rounded(time - start) for time, _, _ in points],
            "series": [series for _, series, _ in points],
            "y": [rounded(value) for _, _, value in points],
        },
        caption,
    )
