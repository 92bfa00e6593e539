"""Writes README's picture and tables anew, each kind from its result files: python docs/figures.py FILE…

Files of `fastpaths versus -o`: the table of ratios, a row each, in their order, and the picture, of the first two
groups; those that README has now are in docs/results. Files of `benchmarks/kafka_*.py -o`: the table of Kafka's
clients. Those of a kind are of one machine and day.
"""

import argparse
import io
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

import pyperf
from rich.console import Console

from fastpaths.bench.display import si
from fastpaths.bench.errors import BenchError, exit_code
from fastpaths.bench.results import load
from fastpaths.bench.versus import FORMAT, markdown, read, tables

DOCS = Path(__file__).parent
README = DOCS.parent / "README.md"
RATIOS = "<!-- the table below is written by docs/figures.py from files of fastpaths versus -->\n"
KAFKA = "<!-- the table below is written by docs/figures.py from files of benchmarks/kafka_*.py -->\n"
END = "<!-- as far as here -->\n"
HEADING = """\
| what | fastpaths, records a second | against | fastpaths is | least to greatest | CPU a million, both |
|---|--:|---|--:|--:|--:|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.json")
    versus, kafka = [], []
    for path in parser.parse_args().files:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") == FORMAT:
            versus.append(data)
        else:
            kafka.append(load(path))
    if versus:
        write_ratios([read(data) for data in versus])
    if kafka:
        replace(KAFKA, f"{HEADING}{''.join(kafka_rows(kafka))}\n{identity_of(kafka)}\n")
    return 0


def write_ratios(files):
    ratios, made = [ratio for ratios, _ in files for ratio in ratios], the_one(made for _, made in files)
    replace(RATIOS, f"{markdown(ratios, made)}\n")
    console = Console(record=True, width=100, file=io.StringIO())
    for table in list(tables(ratios))[:2]:
        console.print(table)
    (DOCS / "versus.svg").write_text(console.export_svg(title="fastpaths versus"), encoding="utf-8")


def kafka_rows(files: Iterable[pyperf.BenchmarkSuite]) -> Iterator[str]:
    """A row a client but ours, which a file has first; ratios are of the same round, as the scripts print them."""
    for file in files:
        groups: dict[str, dict[str, list[pyperf.Run]]] = {}
        for benchmark in file.get_benchmarks():
            group, _, client = benchmark.get_name().removeprefix("kafka/").removesuffix("/throughput").rpartition("/")
            groups.setdefault(group, {})[client] = benchmark.get_runs()
        for group, clients in groups.items():
            our_name = next(client for client in clients if client.startswith("fastpaths"))
            ours = clients.pop(our_name)
            about = ours[0].get_metadata()
            what = f"{group.partition('/')[0]}, {about['record_size']:,} B"
            if (codec := about.get("compression", "none")) != "none":
                what += f", {codec}"
            rate = f"{our_name.removeprefix('fastpaths')} {si(median(1 / run.values[0] for run in ours), '')}"
            for client, runs in clients.items():
                if client.startswith(our_name):  # that which does more
                    continue
                ratios = [run.values[0] / our.values[0] for run, our in zip(runs, ours, strict=True)]
                cpu = ", ".join(si(median(map(cpu_a_million, each)), "s") for each in (ours, runs))
                cells = [what, rate.strip(), client, f"{median(ratios):.3g}x as fast"]
                yield f"| {' | '.join([*cells, f'{min(ratios):.3g} to {max(ratios):.3g}', cpu])} |\n"


def cpu_a_million(run: pyperf.Run) -> float:
    about = run.get_metadata()
    return about.get("cpu_seconds_a_million") or about["cpu_seconds"] / about["num_records"] * 1e6


def identity_of(files: list[pyperf.BenchmarkSuite]) -> str:
    """One line."""
    about = [benchmark.get_metadata() for file in files for benchmark in file.get_benchmarks()]
    names = ("broker_kind", "broker_version", "cpu_model_name", "cpu_count", "python_version")
    kind, version, model, cpus, python = the_one(tuple(each.get(name) for name in names) for each in about)
    day = the_one(start.date() for file in files for start in file.get_dates())
    return f"Broker: {kind} ({version}), on the same cores. {model}, {cpus} CPUs; Python {python}; {day}."


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
