"""Consume, produce, and both at once: fastpaths, kafka-python, aiokafka and confluent-kafka on one broker.

python benchmarks/kafka_clients.py --broker apache                          # all contests: a quarter of an hour
python benchmarks/kafka_clients.py --bootstrap-server HOST:PORT --runs 9 -o clients.json
python benchmarks/kafka_clients.py --contest consume --record-size 10000 --num-records 50000

consume: 100 B; consume-1k: 1 KiB; consume-lz4: 100 B, compressed; produce: acks=1; produce-idempotent: acks=all;
end-to-end. Each run of a client is a process of its own, on the same topic or on a new one; the order is rotated. What
a client writes is read back, and what it reads is compared with what was written, by count and checksum. kcat takes
part where it is on PATH, Kafka's own tools where Java is. Ctrl-C keeps the rounds that are complete.
"""

import argparse
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pyperf
from _scenario import brokers, load, properties, report, standings
from _scenario.contest import CONTESTS, Contest, Round, contestants
from _scenario.contestants import Task
from _scenario.probe import Target
from rich.console import Console
from rich.text import Text

from fastpaths.bench.errors import OK, exit_code
from fastpaths.bench.results import ResultFile

WIDTH = 120
FAST = {"runs": 1, "seconds": 0.5}
FAST_RECORDS = 300_000  # fewer, and lz4 brings them all in one poll
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add(
        "--contest",
        nargs="+",
        choices=CONTESTS,
        default=CONTESTS,
        metavar="NAME",
        help=f"(default: {', '.join(CONTESTS)})",
    )
    own = "(default: each contest's own)"
    add("--num-records", dest="records", type=load.at_least(1000), metavar="N", help=own)
    add("--record-size", dest="size", type=load.at_least(8), metavar="BYTES", help=own)
    add("--compression", choices=CODECS, help=own)
    add("--partitions", type=load.at_least(1), default=4, metavar="N", help="(default: %(default)s)")
    add("--runs", type=load.at_least(1), default=5, metavar="N", help="of each client (default: %(default)s)")
    add("--seconds", type=float, default=3.0, help="that a run takes at most (default: %(default)s)")
    add("--fast", action="store_true", help=f"one short run of {FAST_RECORDS:,} records: does it work?")
    add(
        "-o", "--output", type=Path, metavar="FILE.json", help="write a pyperf file: seconds a message, one value a run"
    )
    brokers.add_arguments(parser)
    properties.add_arguments(parser)
    given = parser.parse_args()
    return argparse.Namespace(**{**vars(given), **FAST}) if given.fast else given


def main() -> int:
    given = arguments()
    file = ResultFile.opened(given.output and str(given.output), None)
    out = report.console(WIDTH)
    with brokers.chosen(given, properties.of(given)) as target:
        tasks = {name: task_of(given, name, target) for name in given.contest}
        out.print(f"broker: {target.kind} ({target.version}) at {target.bootstrap_servers}")
        if target.embedded:
            out.print(report.EMBEDDED, style="yellow")
        for name, task in tasks.items():
            measure(out, name, Contest(target, task), given.runs, file)
    return OK


def task_of(given: argparse.Namespace, contest: str, target: Target) -> Task:
    """The contest's own, but what the command line says; if it does not, no more than an embedded broker holds."""
    wanted = {field: value for field in ("records", "size", "compression") if (value := getattr(given, field))}
    task = replace(CONTESTS[contest], partitions=given.partitions, seconds=given.seconds, **wanted)
    if given.records is None and given.fast:
        task = replace(task, records=min(task.records, FAST_RECORDS))
    if given.records is None and target.embedded:
        kept = load.EMBEDDED_BYTES // (task.size + load.BATCH_OVERHEAD) * task.partitions
        task = replace(task, records=min(task.records, kept // 2))  # not every client fills partitions evenly
    load.check_fits(target, task.records // task.partitions, task.size)
    return task


def measure(out: Console, name: str, contest: Contest, runs: int, file: ResultFile | None) -> None:
    task, rounds = contest.task, list[Round]()
    clients, absent = contestants(task.work, contest.target)
    out.print(Text(f"\n{name}", style="bold"))
    out.print(
        f"{task.records:,} records of {task.size:,} B in {task.partitions} partitions, compression {task.compression}; "
        f"{runs} runs of at most {task.seconds:g} s"
    )
    for line in absent:
        out.print(Text(f"left out: {line}"))
    try:
        with closing(contest.rounds(clients, runs)) as measured:
            for number, round in enumerate(measured, 1):
                rounds.append(round)
                if file is not None:
                    save(file, name, contest, round)
                out.print(f"round {number} of {runs}", style="dim")
    finally:  # whatever ends it: complete rounds are worth what they are
        if rounds:
            out.print(standings.figures(rounds), "", standings.ratios(rounds))


def save(file: ResultFile, name: str, contest: Contest, round: Round) -> None:
    target, task = contest.target, contest.task
    about: Mapping[str, str | int] = {
        "broker_kind": target.kind,
        "broker_version": target.version,
        "num_records": task.records,
        "record_size": task.size,
        "compression": task.compression,
        "partitions": task.partitions,
        "security_protocol": target.properties.get("security.protocol", "PLAINTEXT"),
        **({"comparable": report.EMBEDDED} if target.embedded else {}),
    }
    for client, run in round.items():
        figures = {"cpu_seconds_a_million": run.cpu_a_million, "client_version": run.version or "unknown"}
        metadata = {**about, **figures, "name": f"kafka/{name}/{client}/throughput", "unit": "second"}
        file.add(pyperf.Benchmark([pyperf.Run([1 / run.rate], metadata=metadata)]))


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, main))
