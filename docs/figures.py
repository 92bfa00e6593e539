"""Writes README's picture and tables anew from result files: python docs/figures.py

The files are those in docs/results, or those that are named. Of `fastpaths versus -o`: the table of ratios, a row each,
in their order, and the picture, of the first two groups; below it what `table_memory.py -o` found. Of
`kafka_clients.py -o`, of the scenarios (`kafka_raw_bytes.py -o` and so on) and of `kafka_latency.py -o`: Kafka's
tables. All of versus, and all of Kafka, are of one machine and day.

pyperf writes where its Python lies and what its host is called. That is taken out of the files: they are published.
"""

import argparse
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

import pyperf
from rich.console import Console

from fastpaths.bench.display import si
from fastpaths.bench.errors import OK, BenchError, exit_code
from fastpaths.bench.results import load
from fastpaths.bench.versus import FORMAT, markdown, read, tables

DOCS = Path(__file__).parent
RESULTS = DOCS / "results"
README = DOCS.parent / "README.md"
RATIOS = "<!-- the table below is written by docs/figures.py from files of fastpaths versus -->\n"
KAFKA = "<!-- the table below is written by docs/figures.py from files of benchmarks/kafka_*.py -->\n"
END = "<!-- as far as here -->\n"
CONTESTS = """\
| what | against | `poll_batches()`, `send_batch()` | of its CPU | `poll()` | of its CPU |
|---|---|--:|--:|--:|--:|
"""
SCENARIOS = """\
| the whole way | fastpaths: records a second, CPU a million | against | fastpaths is | of its CPU |
|---|--:|---|--:|--:|
"""
PRIVATE = {"hostname", "python_config_args", "python_executable"}
Runs = Mapping[str, list[pyperf.Run]]  # of each client


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.json", default=sorted(RESULTS.glob("*.json")))
    versus, memory, kafka = [], [], []
    for path in parser.parse_args().files:
        data = json.loads(path.read_text(encoding="utf-8"))
        if PRIVATE & (about := data.get("metadata", {})).keys():
            data["metadata"] = {name: value for name, value in about.items() if name not in PRIVATE}
            path.write_text(json.dumps(data, sort_keys=True, separators=(",", ":")) + "\n", encoding="utf-8")
        if data.get("format") == FORMAT:
            versus.append(read(data))
        else:
            for benchmark in load(path):
                (memory if benchmark.get_name().startswith("memory/") else kafka).append(benchmark)
    if versus:
        write_ratios(versus, memory)
    if kafka:
        replace(KAFKA, "\n".join([*kafka_tables(kafka), identity_of(kafka)]))
    return OK


def write_ratios(files, memory):
    ratios, made = [ratio for ratios, _ in files for ratio in ratios], the_one(made for _, made in files)
    text = markdown(ratios, made)
    if memory:
        found = {re.fullmatch(r"memory/(.*)\[rows=(\d+)\]", one.get_name()).groups(): one.mean() for one in memory}
        rows = int(the_one(rows for _, rows in found))
        held = "; ".join(f"{holder} {used / rows:.0f}" for (holder, _), used in found.items())
        text += f"\nBytes a record, of {rows:,} (`table_memory.py`): {held}.\n"
    replace(RATIOS, text)
    console = Console(record=True, width=100, file=io.StringIO())
    for table in list(tables(ratios))[:2]:
        console.print(table)
    (DOCS / "versus.svg").write_text(console.export_svg(title="fastpaths versus"), encoding="utf-8")


def kafka_tables(benchmarks: Iterable[pyperf.Benchmark]) -> Iterator[str]:
    """Of the contests, of the scenarios, and a line of latencies. Ratios are of the same round, as the scripts have
    them: of ours, which a file has first, to each of the others.
    """
    found: dict[str, dict[str, dict[str, list[pyperf.Run]]]] = {"throughput": {}, "p50": {}}
    for benchmark in benchmarks:
        group, client, statistic = benchmark.get_name().removeprefix("kafka/").rsplit("/", 2)
        if statistic in found:
            found[statistic].setdefault(group, {})[client] = benchmark.get_runs()
    kinds: dict[bool, dict[str, Runs]] = {True: {}, False: {}}
    for group, clients in found["throughput"].items():
        if not group.startswith("latency/"):
            kinds[any("scenario" in run.get_metadata() for runs in clients.values() for run in runs)][group] = clients
    if contests := kinds[False]:
        yield CONTESTS + "".join(row for group, clients in contests.items() for row in contest_rows(group, clients))
    if scenarios := sorted(kinds[True].items(), key=lambda item: (item[0].partition("/")[0], size_of(item[1]))):
        yield SCENARIOS + "".join(row for group, clients in scenarios for row in scenario_rows(group, clients))
    for group, clients in found["p50"].items():
        if group.startswith("latency/"):
            yield latencies(group, clients)


def contest_rows(group: str, clients: Runs) -> Iterator[str]:
    ours = [client for client in clients if client.startswith("fastpaths") and "," not in client]
    own = [cell for client in ours for cell in absolute(clients[client])]
    yield row([f"{group}, {size_of(clients):,} B", "*records a second, CPU a million*", *own])
    for client, runs in clients.items():
        if not client.startswith("fastpaths"):
            told = ", ".join(absolute(runs))
            yield row(["", f"{client}: {told}", *(cell for one in ours for cell in relative(clients[one], runs))])


def scenario_rows(group: str, clients: Runs) -> Iterator[str]:
    ours = next(client for client in clients if client.startswith("fastpaths"))
    rate, cpu = absolute(clients[ours])
    what = f"{group.partition('/')[0]}, {size_of(clients):,} B"
    for client, runs in clients.items():
        if client != ours:
            yield row(
                [what, f"{rate}, {cpu}", f"{client}: {', '.join(absolute(runs))}", *relative(clients[ours], runs)]
            )


def latencies(group: str, clients: Runs) -> str:
    rate, tuning = next(iter(clients.values()))[0].get_metadata()["records_per_second"], group.partition("/")[2]
    told = ", ".join(f"{client} {si(median(run.values[0] for run in runs), 's')}" for client, runs in clients.items())
    return (
        f"Latency at {rate:g} messages a second (`kafka_latency.py`, {tuning}), "
        f"the median from due time to `poll()`: {told}.\n"
    )


def row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def size_of(clients: Runs) -> int:
    return the_one(run.get_metadata()["record_size"] for runs in clients.values() for run in runs)


def absolute(runs: Sequence[pyperf.Run]) -> tuple[str, str]:
    return si(median(1 / run.values[0] for run in runs), "").strip(), si(median(map(cpu_a_million, runs)), "s")


def relative(ours: Sequence[pyperf.Run], theirs: Sequence[pyperf.Run]) -> tuple[str, str]:
    pairs = list(zip(ours, theirs, strict=True))
    times = [their.values[0] / our.values[0] for our, their in pairs]
    saved = median(cpu_a_million(their) / cpu_a_million(our) for our, their in pairs)
    cpu = f"1/{saved:.3g}" if saved > 1 else f"{1 / saved:.3g}"
    return f"{median(times):.3g}x ({min(times):.3g} to {max(times):.3g})", cpu


def cpu_a_million(run: pyperf.Run) -> float:
    about = run.get_metadata()
    return about.get("cpu_seconds_a_million") or about["cpu_seconds"] / about["num_records"] * 1e6


def identity_of(benchmarks: list[pyperf.Benchmark]) -> str:
    """One line."""
    about = [benchmark.get_metadata() for benchmark in benchmarks]
    names = ("broker_kind", "broker_version", "cpu_model_name", "cpu_count", "python_version")
    kind, version, model, cpus, python = the_one(tuple(each.get(name) for name in names) for each in about)
    day = the_one(start.date() for benchmark in benchmarks for start in benchmark.get_dates())
    return f"Broker: {kind} ({version}), on the same cores. {model}, {cpus} CPUs; Python {python}; {day}.\n"


def the_one(things):
    found = set(things)
    if len(found) != 1:
        raise BenchError(f"expected files of one machine, Python and day, found {sorted(map(str, found))}")
    return found.pop()


def replace(begin: str, text: str) -> None:
    before, _, rest = README.read_text(encoding="utf-8").partition(begin)
    _, end, after = rest.partition(END)
    if not end:
        raise BenchError(f"{README} lacks the lines {begin.strip()} and {END.strip()}")
    README.write_text(f"{before}{begin}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(exit_code("figures.py", main))
