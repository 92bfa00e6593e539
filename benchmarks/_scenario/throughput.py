"""The command line of a throughput scenario: its options, its runs, what is shown and kept of them."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path

from rich.console import Console

from _scenario import brokers, load, properties, report, search, summary, workers
from _scenario.clients import PRESETS
from _scenario.flow import Report, flow
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.probe import Target
from _scenario.results import Results, about
from _scenario.rounds import rotated
from _scenario.scenario import Scenario, Side, payloads
from _scenario.sides import Loopback
from _scenario.topics import topic
from fastpaths.bench.errors import FAILED, INTERRUPTED, OK, BenchError

WIDTH = 120
NO_CLIENT = "no-client"
RUNS = 5
Make = Callable[[argparse.Namespace, Load], Scenario]


def parser_of(
    description: str, sides: Sequence[Side], records: int, size: int, warmup: int = 10_000
) -> argparse.ArgumentParser:
    """A scenario's options; it may add its own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add, names = parser.add_argument, [*(side.title for side in sides), NO_CLIENT]
    add("--client", nargs="+", choices=names, metavar="NAME", help=f"{', '.join(names)} (default: all)")
    add("--topic", help="made and deleted where absent (default: a new one for each run)")
    add("--producers", type=load.at_least(1), default=None, metavar="N", help="processes that send")
    add("--partitions", type=load.at_least(1), default=None, metavar="N", help="of a new topic")
    add("--connections", choices=PRESETS, help="their timeouts and socket buffers (default: the scenario's own)")
    add("--runs", type=load.at_least(1), metavar="N", help=f"of each client (default: {RUNS})")
    about = "write a pyperf file, one value a run, and, in an open loop, FILE.hdr"
    add("-o", "--output", type=Path, metavar="FILE.json", help=about)
    workers.add_arguments(parser)
    load.add_arguments(parser, records=records, size=size, rate=load.UNLIMITED, warmup=warmup)
    search.add_arguments(parser)
    brokers.add_arguments(parser)
    properties.add_arguments(parser)
    return parser


def main(given: argparse.Namespace, make: Make) -> int:
    wanted = load.load_of(given)
    scenario = _adjusted(_importable(make)(given, wanted), given)
    scenario.contents(bytes(8), wanted)  # refuses records that are too small for it
    results = None if given.output is None else Results(given.output)
    with brokers.chosen(given, properties.of(given)) as target:
        session = Session(report.console(WIDTH), target, scenario, given, results)
        wanted.check(target, scenario.partitions)
        session.show_heading(wanted)
        return session.search(wanted) if given.find_max else session.measure(wanted)


def _importable(make: Make) -> Make:
    """The script's function under a name by which every process finds it, on whatever host."""
    return getattr(import_module(Path(sys.argv[0]).stem), make.__name__) if make.__module__ == "__main__" else make


def _adjusted(scenario: Scenario, given: argparse.Namespace) -> Scenario:
    """As the command line wants it."""
    wanted = given.client or [side.title for side in scenario.sides]
    if scenario.prefilled and (given.find_max or given.throughput != load.UNLIMITED or NO_CLIENT in wanted):
        raise BenchError(
            f"{scenario.name}: the topic is full before a client begins, so that --throughput, --find-max and "
            f"--client {NO_CLIENT} mean nothing"
        )
    if scenario.contents is not payloads and (given.payload_file is not None or given.compressibility):
        raise BenchError(f"{scenario.name}: its values are its own: --payload-file and --compressibility mean nothing")
    if scenario.fixed and given.seed != load.SEED:
        raise BenchError(f"{scenario.name}: its values are the same whatever --seed says")
    if scenario.size not in (None, given.record_size):
        raise BenchError(f"{scenario.name}: its values have {scenario.size} bytes each: --record-size means nothing")
    if given.find_max and (given.throughput != load.UNLIMITED or given.runs is not None):
        raise BenchError(
            "--find-max chooses the rates and how often it tries each: --throughput and --runs mean nothing"
        )
    if given.latency_slo is not None and not given.find_max:
        raise BenchError("--latency-slo is what --find-max looks for; without it, it means nothing")
    sides = [side for side in scenario.sides if side.title in wanted]
    if not scenario.prefilled and (given.client is None or NO_CLIENT in given.client):
        sides.append(Side(Loopback(), name=NO_CLIENT))
    counts = {name: getattr(given, name) or getattr(scenario, name) for name in ("producers", "partitions")}
    clients = scenario.clients.connected(given.connections) if given.connections else scenario.clients
    return replace(scenario, sides=sides, clients=clients, **counts)


@dataclass
class Session:
    out: Console
    target: Target
    scenario: Scenario
    given: argparse.Namespace
    results: Results | None

    def show_heading(self, wanted: Load) -> None:
        scenario = self.scenario
        report.show_heading(self.out, f"Kafka {scenario.name}", self.target, wanted, scenario.clients.of(self.target))
        how = ", one after the other" if scenario.prefilled else ", at the same time"
        self.out.print(f"processes, new ones for each run: {scenario.producers} that send and one that receives{how}")
        if self.given.workers != 1:
            self.out.print(
                f"load generators: {self.given.workers}, each with so many processes and a share of the load"
            )

    def measure(self, wanted: Load) -> int:
        """So many runs of each side, every round beginning with another one. One that is not sound is the last."""
        runs: dict[str, list[Measured]] = {side.title: [] for side in self.scenario.sides}
        rounds = self.given.runs or RUNS
        for number, side in rotated(self.scenario.sides, rounds):
            report.show_title(self.out, f"run {number + 1} of {rounds}, {side.title}")
            run = self._run(side, wanted)
            runs[side.title].append(run)
            report.show_brief(self.out, run, wanted.size)
            self._keep(side, run, wanted)
            if not run.sound or run.interrupted:
                break
        report.show_rates(self.out, runs, wanted.size)
        if self.scenario.classes is not None:
            clients = {name: measured for name, measured in runs.items() if name != NO_CLIENT}
            summary.show_classes(self.out, self.scenario.classes, clients, lambda run: run.rate)
        if self.results is not None:
            report.show_files(self.out, self.results)
        return code([measured[-1] for measured in runs.values() if measured])

    def search(self, wanted: Load) -> int:
        """The highest rate of each side that holds the objective, below what it does in a closed loop. A run that is
        not sound is the last."""
        found: dict[str, float] = {}
        try:
            for side in self.scenario.sides:
                if not isinstance(side.client, Loopback):
                    highest, runs = self._highest(side, wanted)
                    if not runs[-1].sound or runs[-1].interrupted:
                        return code(runs)
                    found[side.title] = highest
                    self._keep_highest(side, highest, wanted)
            return OK
        finally:
            if found:
                report.show_highest(self.out, found, str(self._objective), wanted.size)
            if self.results is not None:
                report.show_files(self.out, self.results)

    @property
    def _objective(self) -> search.Objective:
        return self.given.latency_slo or search.DEFAULT

    def _highest(self, side: Side, wanted: Load) -> tuple[float, list[Measured]]:
        """And the runs that were made to find it."""
        report.show_title(self.out, f"{side.title}, a closed loop")
        runs = [self._run(side, replace(wanted, rate=None))]
        report.show_brief(self.out, runs[0], wanted.size)

        def holds(rate: float) -> bool:
            if not runs[-1].sound or runs[-1].interrupted:
                return False
            trial = self._objective.load(wanted, rate)
            trial.check(self.target, self.scenario.partitions)
            report.show_title(self.out, f"{side.title}, {rate:,.0f} records/s for {self._objective}")
            runs.append(self._run(side, trial))
            report.show_brief(self.out, runs[-1], wanted.size)
            return runs[-1].sound and self._objective.holds(runs[-1], rate)

        return search.highest(holds, runs[0].rate) if runs[0].sound else 0.0, runs

    def _run(self, side: Side, wanted: Load) -> Measured:
        name = self.given.topic or f"fastpaths-{self.scenario.name.replace('/', '-')}-{secrets.token_hex(6)}"
        every = self.given.reporting_interval / 1000
        run = partial(one, self.target, self.scenario, side.title, name)
        if self.given.workers == 1:
            with report.live(self.out, wanted.size) as tell:
                return run(wanted, None, tell, every)
        return workers.Pool(self.given.workers).run(wanted, run)

    def _about(self, side: Side, wanted: Load) -> dict[str, str | int | float]:
        contents = self.scenario.contents(bytes(8), wanted)
        clients, client = self.scenario.clients.of(self.target), side.client
        told = about(self.target, wanted, contents, clients, client.name, client.version, self.scenario.fixed)
        shape = {"scenario": self.scenario.name, "workers": str(self.given.workers)}
        shape |= {"producers": self.scenario.producers, "partitions": self.scenario.partitions}
        return {**told, **shape, "headers": len(self.scenario.headers)}

    def _keep(self, side: Side, run: Measured, wanted: Load) -> None:
        if self.results is not None:
            figures = {**self._about(side, wanted), "cpu_seconds": run.cpu_seconds}
            self.results.add(f"kafka/{self.scenario.name}/{side.title}", run, figures)

    def _keep_highest(self, side: Side, rate: float, wanted: Load) -> None:
        if self.results is not None and rate:
            figures = {**self._about(side, replace(wanted, rate=rate)), "objective": str(self._objective)}
            self.results.add_one(f"kafka/{self.scenario.name}/{side.title}/sustained", 1 / rate, figures)


def one(
    target: Target,
    scenario: Scenario,
    title: str,
    name: str,
    wanted: Load,
    worker: int | None = None,
    tell: Report | None = None,
    every: float = 5.0,
) -> Measured:
    """One run of that side, on a topic of that name, or of one of the worker's own."""
    side = scenario.named(title)
    with ExitStack() as stack:
        name = output = name if worker is None else f"{name}-{worker}"
        if not isinstance(side.client, Loopback):
            stack.enter_context(topic(target, name, scenario.partitions))
            if scenario.writes:
                output = stack.enter_context(topic(target, f"{name}-written", scenario.partitions))
        return flow(target, (name, output), scenario, side, wanted, tell or silent, every)


def silent(seconds: float, sent: int, received: int) -> None:
    """Of several workers, none tells how it goes."""


def code(runs: Sequence[Measured]) -> int:
    if any(run.interrupted for run in runs):
        return INTERRUPTED
    return OK if all(run.sound for run in runs) else FAILED
