"""Bytes a record of a Table, and of what one would keep its records in instead.

    python benchmarks/table_memory.py [--rows 1000000]

Each is built in a process of its own and read back; counted is what the process holds afterwards that it did not before
(its unique set size), so that what an allocator keeps back counts too. `nbytes` is what the Table says of itself.
"""

import argparse
import gc
import subprocess
import sys
from pathlib import Path

import _transactions as data
import psutil
import pyperf

from fastpaths.bench.errors import OK, BenchError, exit_code
from fastpaths.bench.results import ResultFile


def polars_and_dict(rows):
    frame = data.polars_frame(data.fields(rows))
    return frame, dict(zip(frame["key"], range(rows), strict=True))


def duckdb_connection(rows):
    import duckdb

    connection = duckdb.connect()
    connection.register("source", data.arrow_table(data.fields(rows)))
    connection.execute("CREATE TABLE t AS SELECT * FROM source")
    connection.unregister("source")
    return connection


def count_rows(connection):
    return connection.execute("SELECT count(*) FROM t").fetchone()[0]


def indexed(table):
    table.create_index("account_id")
    return table


# What is built, how it says how many rows it has, and the peer that it needs
HOLDERS = {
    "table": (data.table, len, None),
    "table, account indexed": (lambda rows: indexed(data.table(rows)), len, None),
    "dict of dicts": (data.by_key, len, None),
    "sqlite3": (lambda rows: data.sqlite_connection(data.records(rows)), count_rows, None),
    "polars": (lambda rows: data.polars_frame(data.fields(rows)), len, "polars"),
    "polars and a dict": (polars_and_dict, lambda pair: len(pair[0]), "polars"),
    "pandas": (lambda rows: data.pandas_frame(data.fields(rows)), len, "pandas"),
    "pyarrow": (lambda rows: data.arrow_table(data.fields(rows)), len, "pyarrow"),
    "duckdb": (duckdb_connection, count_rows, "duckdb"),
}


def held():
    gc.collect()
    return psutil.Process().memory_full_info().uss


def measure(name, rows):
    """Bytes, in this process, which must be fresh."""
    build, count, _ = HOLDERS[name]
    build(10)  # what it imports is not its data
    data.numbers(rows)
    before = held()
    holder = build(rows)
    if count(holder) != rows:
        raise BenchError(f"{name}: expected {rows} rows, found {count(holder)}")
    return held() - before, getattr(holder, "nbytes", None) if name.startswith("table") else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("-o", "--output", metavar="FILE", help="also write a file for pyperf")
    parser.add_argument("--only", choices=HOLDERS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.rows < 1:
        parser.error(f"--rows must be at least 1, got {options.rows}")
    if options.only:
        print(*measure(options.only, options.rows))
        return OK
    file = ResultFile.opened(options.output, None)
    print(f"{options.rows:,} records        bytes a record   of the table's")
    first = None
    for name, (_, _, needs) in HOLDERS.items():
        if needs and not data.installed(needs, "pyarrow"):
            print(f"{name:24} not measured: needs fastpaths[peers]")
            continue
        command = [sys.executable, __file__, "--rows", str(options.rows), "--only", name]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != OK:
            raise BenchError(f"{name} could not be measured: {run.stderr.strip()}")
        used, nbytes = run.stdout.split()
        first = first or int(used)
        said = "" if nbytes == "None" else f"   nbytes: {int(nbytes) / options.rows:.1f}"
        print(f"{name:24} {int(used) / options.rows:14.1f} {int(used) / first:15.2f}x{said}")
        if file is not None:
            about = {"name": f"memory/{name}[rows={options.rows}]", "unit": "byte"}
            file.add(pyperf.Benchmark([pyperf.Run([float(used)], metadata=about)]))
    return OK


if __name__ == "__main__":
    sys.exit(exit_code(Path(__file__).name, main))
