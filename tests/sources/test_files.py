"""Files as sources, against what was written into them."""

import contextlib
import gzip
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import anyio
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths import Table
from fastpaths.sources import MissingExtra, SourceChanged, SourceError, open_source, stamped
from fastpaths.sources.formats import Format

ROWS = 200_000


def trades(start, stop):
    ids = range(start, stop)
    return pa.table({"id": ids, "symbol": [f"STOCK{i % 100:04d}" for i in ids], "price": [i / 7 for i in ids]})


def write(path, table):
    """As the ending of its name has it."""
    name = path.name
    if name.endswith(".parquet"):
        pa.parquet.write_table(table, path, row_group_size=30_000)
        return
    if ".csv" in name:
        sink = pa.BufferOutputStream()
        pa.csv.write_csv(table, sink)
        text = sink.getvalue().to_pybytes()
    else:
        text = b"".join(json.dumps(row).encode() + b"\n" for row in table.to_pylist())
    if name.endswith(".gz"):
        text = gzip.compress(text, 1)
    elif name.endswith(".zst"):
        text = pa.compress(text, "zstd", asbytes=True)
    path.write_bytes(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trades")
    for name in ("t.csv", "t.csv.gz", "t.csv.zst", "t.jsonl", "t.ndjson.gz", "t.parquet"):
        write(folder / name, trades(0, ROWS))
    for i in range(4):
        (folder / f"day-{i}").mkdir()
        write(folder / f"day-{i}" / "part.csv", trades(i * 30_000, (i + 1) * 30_000))
    return folder


FILES = ("t.csv", "t.csv.gz", "t.csv.zst", "t.jsonl", "t.ndjson.gz", "t.parquet")


def ids(batches):
    return [row for batch in batches for row in batch["id"].to_pylist()]


@pytest.mark.parametrize("name", FILES)
def test_every_row_as_it_was_written(folder, name):
    with open_source(f"file://{folder}/{name}") as source:
        assert source.schema.names == ["id", "symbol", "price"]
        batches = list(source)
    assert len(batches) > 1
    assert pa.Table.from_batches(batches).cast(trades(0, 1).schema).equals(trades(0, ROWS))


@pytest.mark.parametrize("name", FILES)
def test_a_position_survives_its_process(folder, name):
    """Read a batch, then two, each time in a source of its own that goes on at what JSON has kept."""
    rows, kept = [], "null"
    for batches in (1, 2, 10**6):
        with open_source(f"file://{folder}/{name}", json.loads(kept)) as source:
            for _, batch in zip(range(batches), source, strict=False):
                rows += ids([batch])
                kept = json.dumps(source.position)
    assert rows == list(range(ROWS))


def test_a_process_that_is_killed_goes_on_where_it_was(folder, tmp_path):
    """It writes rows and position in one file, in one step, and is killed in mid-run again and again."""
    program = tmp_path / "reader.py"
    program.write_text(
        f"""
import json, os, signal
from pathlib import Path
from fastpaths.sources import open_source
state = Path({str(tmp_path / "state.json")!r})
done = json.loads(state.read_text()) if state.exists() else {{"rows": [], "position": None}}
with open_source("file://{folder}/day-*/part.csv", done["position"]) as source:
    for batch in source:
        done = {{"rows": done["rows"] + batch["id"].to_pylist(), "position": source.position}}
        state.with_suffix(".new").write_text(json.dumps(done))
        state.with_suffix(".new").rename(state)
        os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    runs = 1
    while subprocess.run([sys.executable, program], check=False).returncode == -signal.SIGKILL:
        runs += 1
        assert runs < 20
    assert runs > 4
    assert json.loads((tmp_path / "state.json").read_text())["rows"] == list(range(120_000))


@pytest.mark.once
@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_three_million_rows_and_a_position_in_their_midst(tmp_path, name):
    rows = 3_000_000
    numbers = pa.array(np.arange(rows))
    write(tmp_path / name, pa.table({"id": numbers, "price": pa.compute.divide(numbers, 4.0)}))
    batches = []
    with open_source(f"file://{tmp_path}/{name}") as source:
        while sum(map(len, batches)) < rows // 2:
            batches.append(next(source))
        kept = json.dumps(source.position)
    with open_source(f"file://{tmp_path}/{name}", json.loads(kept)) as source:
        batches += source
    found = pa.Table.from_batches(batches)
    assert found["id"].combine_chunks().equals(numbers)
    assert np.array_equal(found["price"].to_numpy(), np.arange(rows) / 4)


def test_files_that_match_in_the_order_of_their_names(folder):
    assert ids(open_source(f"file://{folder}/day-[0-2]/*.csv")) == list(range(90_000))


def test_a_file_that_comes_later_is_read_whatever_its_name(tmp_path):
    write(tmp_path / "b.csv", trades(0, 10))
    with open_source(f"file://{tmp_path}/*.csv") as source:
        assert ids(source) == list(range(10))
        kept = source.position
    write(tmp_path / "a.csv", trades(10, 15))
    assert ids(open_source(f"file://{tmp_path}/*.csv", kept)) == list(range(10, 15))


def test_into_a_table_in_one_line(folder):
    table = Table.from_arrow(open_source(f"file://{folder}/t.parquet"), key="id")
    assert len(table) == ROWS
    assert table[123_456] == {"id": 123_456, "symbol": "STOCK0056", "price": 123_456 / 7}


def test_types_that_are_given(tmp_path):
    (tmp_path / "t.csv").write_text("id,price,at\n1,2.50,2026-01-01T00:00:00Z\n")
    schema = {"id": "str", "price": "decimal(2)", "at": "timestamp"}
    (batch,) = open_source(f"file://{tmp_path}/t.csv", schema=schema)
    assert batch.to_pylist() == [{"id": "1", "price": Decimal("2.50"), "at": datetime(2026, 1, 1, tzinfo=UTC)}]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_for_loses_nothing_to_a_cancellation(folder, backend):
    async def read():
        rows = []
        with open_source(f"file://{folder}/t.csv") as source:
            while len(rows) < ROWS:
                with anyio.move_on_after(0.0005):  # ends somewhere in a read, or between two
                    async for batch in source:
                        rows += ids([batch])
            assert [batch async for batch in source] == []
        return rows

    assert anyio.run(read, backend=backend) == list(range(ROWS))


def test_columns_that_differ_between_files(tmp_path):
    (tmp_path / "a.csv").write_text("id,price\n1,2\n")
    for text, problem in (
        ("id,prize\n1,2\n", "'price'"),
        ("id,price,more\n1,2,3\n", "'more'"),
        ("price,id\n1,2\n", "order"),
        ("id,price\n1,x\n", "b.csv"),
        ("id,price\n1,2.5\n", "b.csv"),
    ):
        (tmp_path / "b.csv").write_text(text)
        source = open_source(f"file://{tmp_path}/*.csv")
        assert len(next(source)) == 1
        for _ in range(2):  # it stays failed: no loop takes this for the end
            with pytest.raises(SourceError, match=problem) as caught:
                next(source)
            assert "b.csv" in str(caught.value)


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.jsonl", "t.parquet"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_file_cut_off_while_it_is_read_is_no_shorter_file(tmp_path, name, share):
    path = tmp_path / name
    write(path, trades(0, ROWS))
    source = open_source(f"file://{path}")
    rows = ids([next(source)])
    os.truncate(path, int(path.stat().st_size * share))
    with pytest.raises(SourceError, match=name):
        rows += [row for batch in source for row in ids([batch])]
    assert rows == list(range(len(rows)))


def test_a_file_that_grew_since_the_position(tmp_path):
    write(tmp_path / "t.csv", trades(0, 10))
    source = open_source(f"file://{tmp_path}/t.csv")
    next(source)
    write(tmp_path / "t.csv", trades(0, 20))
    with pytest.raises(SourceChanged, match=r"t\.csv had"):
        list(open_source(f"file://{tmp_path}/t.csv", source.position))


@pytest.mark.parametrize("text", [b"", b"id,price\n1\n", b"id,price\n1,2\n3,4,5\n", b"\x00\xff" * 500])
def test_text_that_is_broken(tmp_path, text):
    (tmp_path / "t.csv").write_bytes(text)
    with pytest.raises(SourceError, match=r"t\.csv"):
        list(open_source(f"file://{tmp_path}/t.csv"))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (b"id\n1\n\xff\n", [{"id": b"1"}, {"id": b"\xff"}]),  # no UTF-8: a column of bytes
        (b'id,price\n1,"2\n', [{"id": 1, "price": "2\n"}]),  # cut off in a quoted value, which ends with the file
    ],
)
def test_text_that_looks_broken_and_is_accepted(tmp_path, text, rows):
    (tmp_path / "t.csv").write_bytes(text)
    assert [row for batch in open_source(f"file://{tmp_path}/t.csv") for row in batch.to_pylist()] == rows


@given(st.binary(max_size=300), st.sampled_from(["csv", "jsonl", "parquet", "csv.gz", "jsonl.zst"]))
def test_any_bytes_are_rows_or_an_error(tmp_path_factory, data, ending):
    path = tmp_path_factory.mktemp("any") / f"t.{ending}"
    path.write_bytes(data)
    with contextlib.suppress(SourceError):
        list(open_source(f"file://{path}"))


def test_a_file_is_opened_once_for_its_schema_and_its_rows(folder, monkeypatch):
    opened = []
    monkeypatch.setattr(
        Format, "open", lambda *arguments, open=Format.open: opened.append(arguments) or open(*arguments)
    )
    assert len(Table.from_arrow(open_source(f"file://{folder}/t.csv"), key="id")) == ROWS
    assert len(opened) == 1


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet", "day-*/part.csv"])
def test_how_many_rows_there_are_is_about_known_after_the_first_batch(folder, name):
    source = open_source(f"file://{folder}/{name}")
    assert source.num_rows is None
    rows = sum(map(len, [next(source)])), source.num_rows
    assert rows[1] == pytest.approx(rows[0] + sum(map(len, source)), rel=0.1)
    compressed = open_source(f"file://{folder}/t.csv.gz")
    next(compressed)
    assert compressed.num_rows is None


@pytest.mark.parametrize("position", [{"after": 1}, {"t:0": 1}, {"files": {}, "more": 1}])
def test_a_position_of_something_else(folder, position):
    with pytest.raises(SourceError, match="position of another kind"):
        open_source(f"file://{folder}/t.csv", position)
    for uri in ("kafka://h/t", "postgresql://h/d?table=t&order_by=id"):
        with pytest.raises(SourceError, match="position of another kind"):
            open_source(uri, {"files": {}})


def test_what_is_not_there(tmp_path):
    for name in ("t.csv", "*.csv", "no/*.csv"):
        with pytest.raises(SourceError, match=r"(?i)no "):
            next(open_source(f"file://{tmp_path}/{name}"))


def test_closed(folder):
    with open_source(f"file://{folder}/t.csv") as source:
        next(source)
    with pytest.raises(SourceError, match="closed"):
        next(source)


def test_the_library_that_is_missing_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    monkeypatch.delitem(sys.modules, "fastpaths.sources.postgresql", raising=False)
    with pytest.raises(MissingExtra, match=r"pip install 'fastpaths\[postgresql\]'"):
        open_source("postgresql://h/db?table=t")


def test_stamps(folder):
    batches = list(stamped(open_source(f"file://{folder}/t.csv"), "worker-1", 7, now=lambda: 1_700_000_000_123_456_789))
    assert ids(batches) == list(range(ROWS))
    for number, batch in enumerate(batches, 7):
        (row,) = batch.slice(len(batch) - 1).select(["processed_at", "batch_id", "processor_id"]).to_pylist()
        at = datetime.fromtimestamp(1_700_000_000, UTC).replace(microsecond=123_456)
        assert row == {"processed_at": at, "batch_id": number, "processor_id": "worker-1"}
    with pytest.raises(ValueError, match="'processed_at' already"):
        next(stamped(batches, "worker-2"))


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
def test_a_file_closes_itself_when_nobody_reads_in_it_any_more(folder, name, within):
    """pyarrow reads ahead: of a file closed under it, it would go on with the next one that has the same number."""
    local, opened = pa.fs.LocalFileSystem(), []

    def open_input_file(path):
        opened.append(local.open_input_file(path))
        return opened[-1]

    with open_source(f"file://{folder}/{name}") as source:
        source._file_system = SimpleNamespace(get_file_info=local.get_file_info, open_input_file=open_input_file)
        assert source.schema.names == ["id", "symbol", "price"]
        next(source)
    assert [file.closed for file in opened] == [False, False]
    opened.clear()
    process = psutil.Process()
    assert within(60, lambda: f"{folder}/{name}" not in {file.path for file in process.open_files()})
