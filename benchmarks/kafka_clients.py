"""Consume, produce, and both at once: fastpaths, kafka-python, aiokafka and confluent-kafka on one broker.

python benchmarks/kafka_clients.py                                          # an Apache Kafka of our own
python benchmarks/kafka_clients.py --bootstrap-server HOST:PORT --runs 9 -o clients.json
python benchmarks/kafka_clients.py --contest consume --record-size 1024 --num-records 500000

Each run of a client is a process of its own, on the same topic or on a new one; the order is rotated. What a client
writes is read back, and what it reads is compared with what was written, by count and checksum. kcat takes part
where it is on PATH, Kafka's own tools where Java is.
"""

import argparse
import sys
from pathlib import Path
from statistics import median

import pyperf
from _scenario import brokers, load, report
from _scenario.contest import CONTESTS, Contest, contestants
from _scenario.contestants import Reading, Task
from rich.table import Table
from rich.text import Text

from fastpaths.bench.errors import OK, exit_code
from fastpaths.bench.results import ResultFile

WIDTH = 120
FAST = {"num_records": 60_000, "runs": 1, "seconds": 0.5}
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--contest", nargs="+", choices=CONTESTS, default=CONTESTS, metavar="NAME", help="(default: %(default)s)")
    add("--num-records", type=load.at_least(1000), default=2_000_000, metavar="N", help="(default: %(default)s)")
    add("--record-size", type=load.at_least(8), default=100, metavar="BYTES", help="(default: %(default)s)")
    add("--partitions", type=load.at_least(1), default=4, metavar="N", help="(default: %(default)s)")
    add("--compression", choices=CODECS, default="none", help="(default: %(default)s)")
    add("--runs", type=load.at_least(1), default=5, metavar="N", help="of each client (default: %(default)s)")
    add("--seconds", type=float, default=3.0, help="that a run takes at most (default: %(default)s)")
    add("--fast", action="store_true", help="one short run of 60,000 records: does it work?")
    add(
        "-o", "--output", type=Path, metavar="FILE.json", help="write a pyperf file: seconds a message, one value a run"
    )
    brokers.add_arguments(parser, default="apache")
    given = parser.parse_args()
    return argparse.Namespace(**{**vars(given), **FAST}) if given.fast else given


def main() -> int:
    given = arguments()
    file = ResultFile.opened(given.output and str(given.output), None)
    out = report.console(WIDTH)
    with brokers.chosen(given) as target:
        load.check_fits(target, given.num_records // given.partitions, given.record_size)
        what = (
            f"{given.num_records:,} records of {given.record_size:,} B in {given.partitions} partitions, "
            f"compression {given.compression}; {given.runs} runs of at most {given.seconds:g} s"
        )
        about = {"load": what, "record_size": given.record_size, "compression": given.compression}
        about |= {"broker_kind": target.kind, "broker_version": target.version}
        out.print(f"broker: {target.kind} ({target.version}) at {target.bootstrap_servers}\n{what}")
        if target.embedded:
            out.print(report.EMBEDDED, style="yellow")
            about["comparable"] = report.EMBEDDED
        for name in given.contest:
            clients, absent = contestants(name, target)
            out.print(Text(f"\n{name}", style="bold"))
            for line in absent:
                out.print(Text(f"left out: {line}"))
            contest = Contest(target, task_of(given, name))
            run = {"consume": contest.consume, "end-to-end": contest.end_to_end}.get(name, contest.produce)
            run(clients, given.runs)
            out.print(table_of(contest.readings))
            if file is not None:
                save(file, name, contest, about)
    return OK


def task_of(given: argparse.Namespace, contest: str) -> Task:
    return Task(
        partitions=given.partitions,
        records=given.num_records,
        size=given.record_size,
        seconds=given.seconds,
        idempotent=contest == "produce-idempotent",
        compression=given.compression,
    )


def table_of(readings: dict[str, list[Reading]]) -> Table:
    """Medians, and from where to where they go. Ratios are of the same run."""
    table = Table("client", "version", box=None, pad_edge=False)
    for heading in ("M messages/s", "from", "to", "CPU s/million", "the first is", "from", "to"):
        table.add_column(heading, justify="right")
    first = next(iter(readings.values()))
    for client, runs in readings.items():
        rates = [run.rate / 1e6 for run in runs]
        cells = [f"{figure:.3f}" for figure in (median(rates), min(rates), max(rates))]
        cells.append(f"{median(run.cpu_a_million for run in runs):.3f}")
        ratios = [leader.rate / run.rate for leader, run in zip(first, runs, strict=True)]
        if runs is not first:
            cells += [f"{figure:.3g}x" for figure in (median(ratios), min(ratios), max(ratios))]
        table.add_row(client, runs[0].version, *cells)
    return table


def save(file: ResultFile, name: str, contest: Contest, about: dict[str, str | int]) -> None:
    for client, runs in contest.readings.items():
        for run in runs:
            figures = {"cpu_seconds_a_million": run.cpu_a_million, "client_version": run.version or "unknown"}
            metadata = {**about, **figures, "name": f"kafka/{name}/{client}", "unit": "second"}
            file.add(pyperf.Benchmark([pyperf.Run([1 / run.rate], metadata=metadata)]))


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, main))
