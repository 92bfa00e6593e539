"""Bytes a record of a Table, and of what one would keep its records in instead.

    python benchmarks/table_memory.py [--rows 1000000]

Each is built in a process of its own; counted is what that holds afterwards and did not before, by its unique set size,
without what glibc keeps back for later. `nbytes` is what the Table says of itself.
"""

import argparse
import ctypes
import gc
import subprocess
import sys
from pathlib import Path

import _transactions as data
import psutil
import pyperf

from fastpaths import Table
from fastpaths.bench.errors import OK, BenchError, exit_code
from fastpaths.bench.results import ResultFile


def table_of(columns):
    table = Table(data.SCHEMA, key="key", capacity=len(columns))
    table.upsert_many(columns)
    return table


def indexed_table_of(columns):
    table = table_of(columns)
    table.create_index("account_id")
    return table


def dict_of(records):
    return {record["key"]: record for record in records}


def polars_and_dict_of(fields):
    frame = data.polars_frame(fields)
    return frame, dict(zip(frame["key"], range(len(frame)), strict=True))


def duckdb_of(fields):
    import duckdb

    connection = duckdb.connect()
    connection.register("source", data.arrow_table(fields))
    connection.execute("CREATE TABLE t AS SELECT * FROM source")
    connection.unregister("source")
    return connection


def count_rows(connection):
    return connection.execute("SELECT count(*) FROM t").fetchone()[0]


# What it is made of, how, how it says how many rows it has, and the peer that it needs
HOLDERS = {
    "table": (data.columns, table_of, len, None),
    "table, account indexed": (data.columns, indexed_table_of, len, None),
    "dict of dicts": (data.records, dict_of, len, None),
    "sqlite3": (data.records, data.sqlite_connection, count_rows, None),
    "polars": (data.fields, data.polars_frame, len, "polars"),
    "polars and a dict": (data.fields, polars_and_dict_of, lambda pair: len(pair[0]), "polars"),
    "pandas": (data.fields, data.pandas_frame, len, "pandas"),
    "pyarrow": (data.fields, data.arrow_table, len, "pyarrow"),
    "duckdb": (data.fields, duckdb_of, count_rows, "duckdb"),
}


def held():
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)  # or memory that was freed is used again, and nothing seems to be held
    return psutil.Process().memory_full_info().uss


def measure(name, rows):
    """Bytes, in this process, which must be fresh."""
    prepare, build, count, _ = HOLDERS[name]
    build(prepare(10))  # what it imports is not its data
    data.numbers(rows)
    source = prepare(rows)  # there before and after: what it takes, or leaves behind, does not count
    before = held()
    holder = build(source)
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
    for name, (*_, needs) in HOLDERS.items():
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
