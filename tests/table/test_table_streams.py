"""A table of a stream, batch by batch, against the same rows at once."""

import pyarrow as pa
import pytest

from fastpaths import Table

SCHEMA = pa.schema({"id": pa.int64(), "name": pa.string(), "tier": pa.dictionary(pa.int32(), pa.string())})


def batches(ids, size):
    for start in range(0, len(ids), size):
        some = ids[start : start + size]
        tiers = pa.array([f"tier {i % 7}" for i in some]).dictionary_encode()
        yield pa.record_batch([pa.array(some), pa.array([f"the name of number {i}" for i in some]), tiers], SCHEMA)


class Stream:
    """Of batches, that says how many rows it has: anything."""

    def __init__(self, made, num_rows=None):
        self._made, self.num_rows = made, num_rows

    def __arrow_c_stream__(self, requested_schema=None):
        return pa.RecordBatchReader.from_batches(SCHEMA, self._made).__arrow_c_stream__()


@pytest.mark.parametrize("num_rows", [None, 0, -5, 10, 5000, 2**40, 2**70, -(2**70), "many", 1.5])
@pytest.mark.parametrize("size", [1, 999, 5000])
def test_the_same_rows_whatever_their_number_is_said_to_be(size, num_rows):
    ids = [*range(3000), *range(1000)]
    table = Table.from_arrow(Stream(batches(ids, size), num_rows), key="id")
    expected = {i: {"id": i, "name": f"the name of number {i}", "tier": f"tier {i % 7}"} for i in range(3000)}
    assert {row["id"]: row for batch in table.scan(1000) for row in batch.to_dicts()} == expected


def test_a_number_that_is_right_leaves_less_room_over():
    said, unsaid = (Table.from_arrow(Stream(batches(range(5000), 500), n), key="id") for n in (5000, None))
    assert said.nbytes < 0.8 * unsaid.nbytes


def test_who_says_too_much_gets_no_memory_for_it():
    table = Table.from_arrow(Stream(batches(range(1000), 10), 2**40), key="id")
    assert table.nbytes < 1_000_000


def test_an_empty_stream_has_its_columns():
    table = Table.from_arrow(Stream(iter(())), key="id")
    assert len(table) == 0
    assert list(table.schema) == ["id", "name", "tier"]


def test_errors_name_the_row_of_the_whole():
    def nulls():
        yield from batches(range(2500), 1000)
        yield from (batch.set_column(0, SCHEMA[0], pa.nulls(10, pa.int64())) for batch in batches(range(10), 10))

    with pytest.raises(ValueError, match="column 'id', row 2500: the key is null"):
        Table.from_arrow(Stream(nulls()), key="id")


def test_what_fails_on_the_way_is_no_table():
    def failing():
        yield from batches(range(100), 50)
        raise OSError("the cable is out")

    with pytest.raises(OSError, match="the cable is out"):
        Table.from_arrow(Stream(failing()), key="id")
