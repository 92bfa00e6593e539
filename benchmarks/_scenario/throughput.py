"""The command line of a throughput scenario: its options, its runs, what is shown and kept of them."""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from _scenario import brokers, load, properties, report
from _scenario.flow import PROCESSES, flow
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.probe import Target
from _scenario.results import Results, about
from _scenario.rounds import rotated
from _scenario.scenario import Scenario, Side
from _scenario.sides import Loopback
from _scenario.topics import topic
from fastpaths.bench.errors import FAILED, INTERRUPTED, OK, BenchError

WIDTH = 120
NO_CLIENT = "no-client"
Make = Callable[[argparse.Namespace, Load], Scenario]


def parser_of(
    description: str, sides: Sequence[str], records: int, size: int, warmup: int = 10_000
) -> argparse.ArgumentParser:
    """A scenario's options; it may add its own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--client", nargs="+", choices=[*sides, NO_CLIENT], default=None, metavar="NAME", help=", ".join(sides))
    add("--topic", help="made and deleted where absent (default: a new one for each run)")
    add("--producers", type=load.at_least(1), default=None, metavar="N", help="processes that send")
    add("--partitions", type=load.at_least(1), default=None, metavar="N", help="of a new topic")
    add("--runs", type=load.at_least(1), default=5, metavar="N", help="of each client (default: %(default)s)")
    add("-o", "--output", type=Path, metavar="FILE.json", help="write a pyperf file, one value a run, and FILE.hdr")
    load.add_arguments(parser, records=records, size=size, rate=load.UNLIMITED, warmup=warmup)
    brokers.add_arguments(parser)
    properties.add_arguments(parser)
    return parser


def main(given: argparse.Namespace, make: Make) -> int:
    wanted = load.load_of(given)
    scenario = _adjusted(make(given, wanted), given)
    results = None if given.output is None else Results(given.output)
    out = report.console(WIDTH)
    with brokers.chosen(given, properties.of(given)) as target:
        wanted.check(target, scenario.partitions)
        report.show_heading(out, f"Kafka {scenario.name}", target, wanted, scenario.clients.of(target))
        how = ", one after the other" if scenario.prefilled else ", at the same time"
        out.print(f"processes, new ones for each run: {scenario.producers} that send and one that receives{how}")
        runs = _measured(out, target, scenario, wanted, given, results)
    report.show_rates(out, runs, wanted.size)
    if results is not None:
        report.show_files(out, results)
    last = [measured[-1] for measured in runs.values() if measured]
    if any(run.interrupted for run in last):
        return INTERRUPTED
    return OK if all(run.sound for run in last) else FAILED


def _adjusted(scenario: Scenario, given: argparse.Namespace) -> Scenario:
    """As the command line wants it."""
    wanted = given.client or [side.title for side in scenario.sides]
    sides = [side for side in scenario.sides if side.title in wanted]
    if absent := set(wanted) - {side.title for side in sides} - {NO_CLIENT}:
        raise BenchError(f"--client {' '.join(sorted(absent))}: it is not installed")
    if not scenario.prefilled and (given.client is None or NO_CLIENT in given.client):
        sides.append(Side(Loopback(None), name=NO_CLIENT))
    counts = {name: getattr(given, name) or getattr(scenario, name) for name in ("producers", "partitions")}
    return replace(scenario, sides=sides, **counts)


def _measured(
    out: Console, target: Target, scenario: Scenario, wanted: Load, given: argparse.Namespace, results: Results | None
) -> dict[str, list[Measured]]:
    """So many runs of each side, every round beginning with another one. The first that is not sound is the last."""
    runs: dict[str, list[Measured]] = {side.title: [] for side in scenario.sides}
    every = given.reporting_interval / 1000
    for number, side in rotated(scenario.sides, given.runs):
        report.show_title(out, f"run {number + 1} of {given.runs}, {side.title}")
        run = one(target, scenario, side, wanted, given.topic, report.live(out, wanted.size), every)
        runs[side.title].append(run)
        report.show_brief(out, run, wanted.size)
        if results is not None:
            figures = {"scenario": scenario.name, "producers": scenario.producers, "partitions": scenario.partitions}
            told = about(target, wanted, scenario.clients.of(target), side.client.name, side.client.version)
            name = f"kafka/{scenario.name}/{side.title}"
            results.add(name, run, {**told, **figures, **scenario.about, "cpu_seconds": run.cpu_seconds})
        if not run.sound or run.interrupted:
            break
    return runs


def one(
    target: Target,
    scenario: Scenario,
    side: Side,
    wanted: Load,
    name: str | None,
    tell: Callable[[float, int, int], None],
    every: float,
) -> Measured:
    """One run, on a topic of that name or a new one."""
    name = name or f"fastpaths-{scenario.name.replace('/', '-')}-{secrets.token_hex(6)}"
    with ExitStack() as stack:
        output = name
        if isinstance(side.client, Loopback):
            pipe = PROCESSES.Queue(maxsize=64)
            side = replace(side, client=Loopback(pipe))
            scenario = replace(scenario, sides=[side])
        else:
            stack.enter_context(topic(target, name, scenario.partitions))
            if scenario.writes:
                output = stack.enter_context(topic(target, f"{name}-written", scenario.partitions))
        return flow(target, (name, output), scenario, side, wanted, tell, every)
