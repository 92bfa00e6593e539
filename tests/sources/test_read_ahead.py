"""An Arrow stream of a source, whose next batches a thread reads while one is being used."""

import threading
from itertools import islice

import pytest

from fastpaths import Table
from fastpaths.sources import SourceError, open_source


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("days")
    for day in range(4):
        rows = range(day * 50_000, (day + 1) * 50_000)
        (folder / f"day-{day}.csv").write_text("\n".join(["id,price", *(f"{row},{1000 + row}" for row in rows)]))
    return folder


def ids(batches):
    return [number for batch in batches for number in batch.column("id").to_pylist()]


def test_a_table_has_every_row(folder):
    table = Table.from_arrow(open_source(f"file://{folder}/*.csv"), key="id")
    assert table.column("id").tolist() == list(range(200_000))


def test_a_stream_is_read_ahead_and_nothing_of_it_is_lost(folder):
    source, threads = open_source(f"file://{folder}/*.csv"), set()
    read_on = source._read_on
    source._read_on = (threads.add(threading.current_thread()) or each for each in read_on)
    stream = source._read_ahead()
    first = [next(stream), next(stream)]
    kept = source.position
    stream.close()  # with batches that were read and not handed out
    assert len(threads) == 2
    assert ids(first) + ids(source) == list(range(200_000))
    assert ids(first) + ids(open_source(f"file://{folder}/*.csv", kept)) == list(range(200_000))
    assert not any(thread.is_alive() for thread in threads - {threading.current_thread()})


def test_who_takes_from_a_stream_and_its_source_gets_every_row(folder):
    source = open_source(f"file://{folder}/*.csv")
    taken = []
    for batch in source._read_ahead():
        taken += [batch, *islice(source, 1)]
    assert ids(taken) == list(range(200_000))


def test_closed_while_a_stream_is_read_ahead(folder):
    source = open_source(f"file://{folder}/*.csv")
    stream = source._read_ahead()
    next(stream)
    source.close()
    with pytest.raises(SourceError, match="closed"):
        list(stream)


def test_what_fails_ahead_fails_where_it_is(tmp_path):
    rows = [f"{i},{i}" for i in range(400_000)]
    rows[390_000] = "390000,1,2"
    (tmp_path / "t.csv").write_text("\n".join(["id,price", *rows]))
    source, taken = open_source(f"file://{tmp_path}/t.csv"), []
    with pytest.raises(SourceError, match="Expected 2 columns, got 3"):
        taken.extend(source._read_ahead())
    before = ids(taken)
    assert before == list(range(len(before)))
    assert 100_000 < len(before) <= 390_000
    with pytest.raises(SourceError, match="Expected 2 columns, got 3"):
        next(source)
