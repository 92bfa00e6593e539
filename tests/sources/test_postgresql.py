"""PostgreSQL as a source, against psycopg."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pyarrow as pa
import pyperf
import pytest

from fastpaths import Table
from fastpaths.sources import SourceChanged, SourceError, open_source

pytestmark = [pytest.mark.postgresql, pytest.mark.once]
BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "datasource.py"
ROWS = 300_000


@pytest.fixture(scope="module")
def trades(postgres):
    """The URI of a table."""
    postgres.execute(
        "CREATE TABLE trades AS SELECT i::int8 AS id, 'STOCK' || i % 100 AS symbol, i / 7.0::float8 AS price, "
        f"CASE WHEN i % 10 > 0 THEN timestamptz '2026-01-01 00:00Z' + i * interval '1 s' END AS at "
        f"FROM generate_series(1, {ROWS}) AS i ORDER BY i % 1000"
    )
    return f"{postgres.quoted}?table=public.trades"


def test_the_rows_that_psycopg_reads(postgres, trades):
    import psycopg

    with open_source(f"{trades}&order_by=id") as source:
        schema, batches = source.schema, list(source)
    assert len(batches) > 1
    with psycopg.connect(postgres.quoted) as connection:
        expected = connection.execute("SELECT * FROM trades ORDER BY id").fetchall()
    columns = pa.Table.from_batches(batches).to_pydict()
    assert list(columns) == schema.names
    assert list(zip(*columns.values(), strict=True)) == expected


def test_into_a_table(trades):
    table = Table.from_arrow(open_source(trades), key="id")
    assert len(table) == ROWS
    assert table.sum("id") == ROWS * (ROWS + 1) // 2
    assert table[7]["price"] == 1.0


def test_a_position_goes_on_behind_the_last_row(trades):
    rows, kept = [], "null"
    for batches in (1, 1, 10**6):
        with open_source(f"{trades}&order_by=id", json.loads(kept)) as source:
            for _, batch in zip(range(batches), source, strict=False):
                rows += batch["id"].to_pylist()
                kept = json.dumps(source.position)
    assert rows == list(range(1, ROWS + 1))


def test_rows_without_an_order_have_no_position(postgres, trades):
    source = open_source(trades)
    next(source)
    with pytest.raises(SourceError, match="order_by"):
        _ = source.position
    with pytest.raises(SourceError, match="order_by"):
        open_source(trades, {"after": 1})
    for column, problem in (
        ("symbol", "equal or null"),
        ("price", "integers or strings"),
        ("at", "integers or strings"),
    ):
        with pytest.raises(SourceError, match=problem):
            list(open_source(f"{trades}&order_by={column}"))
    query = quote("SELECT nullif(id, 77) AS id FROM trades")
    with pytest.raises(SourceChanged, match="equal or null"):
        list(open_source(f"{postgres.quoted}?query={query}&order_by=id"))


def test_a_name_is_no_sql(postgres):
    postgres.execute('CREATE TABLE "odd ""name; --" AS SELECT 1::int8 AS id')
    name = quote('odd "name; --')
    (batch,) = open_source(f"{postgres.quoted}?table={name}&order_by=id")
    assert batch.to_pylist() == [{"id": 1}]


@pytest.mark.parametrize("problem", ["password", "table", "query", "port"])
def test_an_error_says_what_and_where_but_no_password(postgres, problem):
    wrong = quote("wr0ng/secret", safe="")
    uri = {
        "password": f"{postgres.quoted.replace('p%40ss%2Fword', wrong)}?table=t",
        "table": f"{postgres.quoted}?table=absent",
        "query": f"{postgres.quoted}?query=SELEKT",
        "port": f"{postgres.quoted.replace(str(postgres.port), '1')}?table=t",
    }[problem]
    for ask in (next, lambda source: source.schema):
        with pytest.raises(SourceError) as caught:
            ask(open_source(uri))
        said = str(caught.value)
        assert {"password": "authentication failed", "table": "absent", "query": "SELEKT", "port": "refused"}[
            problem
        ] in said
        assert not any(secret in said for secret in (postgres.PASSWORD, "p%40ss", "wr0ng"))


def test_a_server_that_restarts_in_mid_query_is_an_error_and_no_end(postgres):
    """There is more than the sockets' buffers hold."""
    query = quote("SELECT i::int8 AS id, repeat('x', 500) AS text FROM generate_series(1, 100000) AS i")
    uri = f"{postgres.quoted}?query={query}&order_by=id"
    source = open_source(uri)
    rows = next(source)["id"].to_pylist()
    postgres.restart()
    with pytest.raises(SourceError, match=r"after [0-9,]+ rows"):
        rows.extend(row for batch in source for row in batch["id"].to_pylist())
    with open_source(uri, source.position) as source:
        rows += [row for batch in source for row in batch["id"].to_pylist()]
    assert rows == list(range(1, 100_001))


def test_the_benchmark_runs(postgres, tmp_path):
    """Its cases are there only where they have a server. They verify their answers."""
    quick = [
        "--inherit-environ",
        "FASTPATHS_POSTGRESQL",
        "--preset",
        "quick",
        "-p",
        "1",
        "-n",
        "1",
        "-w",
        "0",
        "--min-time",
        "0.0001",
    ]
    command = [sys.executable, BENCHMARK, "source/postgresql", *quick, "-o", tmp_path / "out.json"]
    environment = os.environ | {"FASTPATHS_POSTGRESQL": postgres.quoted}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    names = {benchmark.get_name() for benchmark in pyperf.BenchmarkSuite.load(str(tmp_path / "out.json"))}
    assert names == {f"source/postgresql/{name}[rows=10000]" for name in ("source_to_table", "psycopg_to_dicts")}
