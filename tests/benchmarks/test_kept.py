"""What was received is kept byte for byte, whatever client gave it."""

from types import SimpleNamespace

import pytest
from _scenario.kept import PIECE_BYTES, Kept
from hypothesis import given
from hypothesis import strategies as st

from fastpaths import BinaryColumn


class Objects(list):
    """Each is encoded anew when it is asked for, as those of Quix Streams are."""

    @property
    def values(self):
        return (value for value in self)


values = st.lists(st.binary(max_size=40), max_size=30)
FORMS = {
    "column": BinaryColumn.from_values,
    "part of a column": lambda some: BinaryColumn.from_values([b"x" * 20, *some, b"y" * 20])[1:-1],
    "batch of columns": lambda some: SimpleNamespace(values=BinaryColumn.from_values(some)),
    "records": lambda some: [SimpleNamespace(value=value) for value in some],
    "values": list,
    "objects": Objects,
}


@pytest.mark.parametrize("form", FORMS)
@given(batches=st.lists(values, max_size=5), records=st.integers(0, 50))
def test_all_of_it_in_order(form, batches, records):
    """The memory may be too small."""
    kept = Kept(records, 28)
    for number, batch in enumerate(batches):
        kept.add(100 + number, number % 3, FORMS[form](batch))
    for _ in range(2):  # for the account, and for the answer
        assert [*kept] == [(100 + n, n % 3, value) for n, batch in enumerate(batches) for value in batch]


@pytest.mark.parametrize("form", ["column", "records"])
def test_an_absent_value_is_an_empty_one(form):
    kept = Kept(3, 28)
    kept.add(1, 0, FORMS[form]([b"a" * 28, None, b"b"]))
    assert [value for _, _, value in kept] == [b"a" * 28, b"", b"b"]


def test_a_column_of_several_pieces():
    some = [n.to_bytes(2) * 2048 for n in range(PIECE_BYTES * 5 // 2 // 4096)]
    kept = Kept(len(some), 4096)
    kept.add(1, 0, BinaryColumn.from_values(some))
    assert [value for _, _, value in kept] == some


@pytest.mark.parametrize("form", ["batch of columns", "records"])
def test_the_clients_memory_is_free_again(form):
    """Nothing of what it gave is referred to, and nothing is kept outside the memory that was touched beforehand."""
    kept = Kept(1000, 4096)
    memory = kept._memory.obj
    for _ in range(10):
        kept.add(1, 0, FORMS[form]([b"x" * 4096] * 100))
    held = [one for _, _, values in kept._batches for one in ([values.data] if form == "records" else values.data)]
    assert {id(view.obj) for view in held} == {id(memory)}
