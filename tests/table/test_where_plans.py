"""Plans over a source: parameters, order, indexes, explain; sources that are wrong."""

import threading
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES

import numpy as np
import pytest

from fastpaths import BinaryColumn
from fastpaths.columns.column import Column
from fastpaths.columns.types import Type
from fastpaths.table.plan import Plan
from fastpaths.table.predicates import PredicateError
from fastpaths.table.simd import instruction_sets, use_instruction_set
from fastpaths.table.source import ColumnsSource

N = 100_000
NUMBERS = np.arange(N)
CATEGORIES = BinaryColumn.from_values(["active", "pending", "done", "gone"])
STATUS = Column(Type("category"), N, (NUMBERS % 4).astype(np.int32), None, CATEGORIES)
AMOUNT = Column(Type("int64"), N, NUMBERS * 137 % 1000)
X = Column(Type("float64"), N, NUMBERS % 100 / 4)


class Index:
    """Of a column's values, as Source.index has it; remembers what it was asked for."""

    def __init__(self, values):
        self.values, self.asked = values, []

    def count(self, values):
        self.asked.append(values)
        return len(self.rows(values))

    def rows(self, values):
        return np.flatnonzero(np.isin(self.values, values))


def source(**indexes):
    return ColumnsSource({"status": STATUS, "amount": AMOUNT, "x": X}, indexes)


@pytest.mark.parametrize(
    "module", ["aggregates", "filters", "nodes", "operands", "scan", "simd", "source", "tally", "texts"]
)
def test_compiled(module):
    assert import_module(f"fastpaths.table.{module}").__file__.endswith(tuple(EXTENSION_SUFFIXES))


def test_the_best_instructions_are_used():
    assert instruction_sets()[0] == "portable"
    assert use_instruction_set(instruction_sets()[-1]) == instruction_sets()[-1]
    with pytest.raises(ValueError, match="is not in list"):
        use_instruction_set("mmx")


def test_rows_are_int64_ascending_and_the_callers():
    plan = Plan("status = 'active' AND amount > :least", source().schema)
    expected = np.flatnonzero((NUMBERS % 4 == 0) & (AMOUNT.values > 500))
    rows = plan.rows(source(), {"least": 500})
    assert rows.dtype == np.int64
    assert rows.flags.writeable
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_array_equal(
        plan.rows(source(), {"least": 998}), np.flatnonzero((NUMBERS % 4 == 0) & (AMOUNT.values == 999))
    )
    assert len(Plan("FALSE", source().schema).rows(source())) == 0
    np.testing.assert_array_equal(Plan("TRUE", source().schema).rows(source()), NUMBERS)


def test_a_plan_serves_several_threads():
    plan, here = Plan("amount = :p", source().schema), source()
    expected = [np.flatnonzero(AMOUNT.values == p) for p in range(4)]
    right = []

    def run(p):
        right.extend(np.array_equal(plan.rows(here, {"p": p}), expected[p]) for _ in range(50))

    threads = [threading.Thread(target=run, args=(p,)) for p in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 200


@pytest.mark.parametrize(
    ("text", "index", "values"),
    [
        ("amount = 5", {"amount": AMOUNT.values}, [5]),
        ("amount IN (5, 7.5, 7, :p) AND status = 'active'", {"amount": AMOUNT.values}, [3, 5, 7]),
        ("x = 0 AND amount > 5", {"x": X.values}, [0.0]),
        ("x IN (0.25, 1.5)", {"x": X.values}, [0.25, 1.5]),
    ],
)
def test_an_index_finds_the_same_rows(text, index, values):
    ((name, column),) = index.items()
    index = Index(column)
    params = {"p": 3} if ":p" in text else None
    plan = Plan(text, source().schema)
    rows = plan.rows(source(**{name: index}), params)
    np.testing.assert_array_equal(rows, plan.rows(source(), params))
    assert index.asked == [values]


def test_strings_are_looked_up_as_bytes():
    words = [b"active", b"pending", b"done", b"gone"]
    index = Index(np.array([words[i % 4] for i in range(N)], object))
    Plan("status IN ('done', 'active') AND amount = 5", source().schema).rows(source(status=index))
    assert index.asked == [[b"active", b"done"]]
    flags = Index(np.zeros(8, bool))
    here = ColumnsSource({"yes": Column.from_values("bool", [False] * 8)}, {"yes": flags})
    assert Plan("yes", here.schema).rows(here).tolist() == []
    assert flags.asked == [[True]]


def test_explain():
    amounts, everything = (
        Index(AMOUNT.values),
        Index(np.array([b"active", b"pending", b"done", b"gone"], object)[NUMBERS % 4]),
    )
    plan = Plan("amount > 500 AND status = 'active'", source().schema)
    assert plan.explain(source(amount=amounts, status=everything)) == (
        "Scan of 100000 rows\n"
        "  Filter: status = 'active'  (rows by index=25000, rows=25000)\n"
        "  Filter: amount > 500  (rows=12400)"
    )
    plan = Plan("status = :status AND amount IN (:amounts)", source().schema)
    assert plan.explain(source()) == "Scan\n  Filter: status = :status\n  Filter: amount IN (:amounts)"
    assert plan.explain(source(amount=amounts), {"status": "gone", "amounts": [1, 7]}) == (
        "Index Scan of 100000 rows\n"
        "  Index Cond: amount IN (1, 7)  (rows by index=200, rows=200)\n"
        "  Filter: status = 'gone'  (rows=100)"
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "lacks the parameters :least, :status"),
        ({"least": 1}, "lacks the parameters :status"),
        ({"least": 1, "status": "x", "most": 2}, "has no parameters :most"),
        (None, "lacks the parameters :least, :status"),
    ],
)
def test_parameters_that_do_not_fit(params, message):
    with pytest.raises(PredicateError, match=message):
        Plan("status = :status AND amount > :least", source().schema).rows(source(), params)


def test_parameters_are_a_mapping():
    with pytest.raises(TypeError, match="a mapping of names to values, found list"):
        Plan("amount > :least", source().schema).rows(source(), [5])


def test_a_plan_is_for_one_schema():
    other = ColumnsSource({"amount": Column.from_values("str", ["a"])})
    with pytest.raises(ValueError, match=r"the plan is for columns status category, .* found amount str"):
        Plan("amount > 5", source().schema).rows(other)


@pytest.mark.parametrize("rows", [[5, 5], [7, 5], [-1], [N]])
def test_an_index_that_lies(rows):
    class Liar(Index):
        def rows(self, values):
            return np.array(rows)

    with pytest.raises(ValueError, match="an index names row"):
        Plan("amount = 5", source().schema).rows(source(amount=Liar(AMOUNT.values)))


def test_numbers_of_no_category_select_nothing():
    wrong = Column(Type("category"), 3, np.array([-1, 4, 2**31 - 1], np.int32), None, CATEGORIES)
    here = ColumnsSource({"c": wrong, "d": Column.from_values("category", ["active"] * 3)})
    for text in ("c = 'active'", "c LIKE '%'", "c < 'zzz'", "c = d"):
        assert Plan(text, here.schema).rows(here).tolist() == []


def test_many_categories():
    words = [f"w{i % 2500}" for i in range(3000)]
    here = ColumnsSource({"c": Column.from_values("category", words)})
    expected = [i for i, word in enumerate(words) if word.endswith("7")]
    assert Plan("c LIKE '%7'", here.schema).rows(here).tolist() == expected
    assert len(Plan("c NOT LIKE '%7'", here.schema).rows(here)) == 3000 - len(expected)
    assert Plan("c IN ('w7', 'w2499')", here.schema).rows(here).tolist() == [7, 2499, 2507]


@pytest.mark.parametrize(
    ("column", "error", "message"),
    [
        (Column(Type("int64"), 2, np.zeros(1, np.int64)), ValueError, "a column of int64 takes 2 values, found 1"),
        (Column(Type("int64"), 1, np.zeros(1, np.int32)), TypeError, "int64 is one dimension of int64, found int32"),
        (Column(Type("float64"), 1, [1.0]), TypeError, "found list"),
        (Column(Type("bool"), 9, np.zeros(1, np.uint8)), ValueError, "a column of bool takes 2 values, found 1"),
        (
            Column(Type("int64"), 9, np.zeros(9, np.int64), np.zeros(1, np.uint8)),
            ValueError,
            "validity of int64 takes 2",
        ),
        (
            Column(Type("str"), 2, BinaryColumn.from_values(["a"])),
            ValueError,
            "a column of str takes 2 values, found 1",
        ),
        (Column(Type("str"), 1, np.zeros(1, np.int64)), TypeError, "a column of str is a BinaryColumn, found ndarray"),
        (Column(Type("int64"), -1, np.zeros(1, np.int64)), ValueError, "the length -1"),
    ],
)
def test_columns_that_are_wrong(column, error, message):
    with pytest.raises(error, match=message):
        ColumnsSource({"c": column})


def test_columns_of_one_length():
    with pytest.raises(ValueError, match="column 'b' has 2 values, those before it 1"):
        ColumnsSource({"a": Column.from_values("int64", [1]), "b": Column.from_values("int64", [1, 2])})


def test_slices():
    """Their validity begins within a byte, and their memory may lie anywhere."""
    values = ["a", None, "b", None] * 20
    for type in ("str", "category"):
        part = Column.from_values(type, values)[3:70]
        here = ColumnsSource({"s": part})
        expected = [i for i, value in enumerate(part.to_list()) if value is None]
        assert Plan("s IS NULL", here.schema).rows(here).tolist() == expected
    odd = np.frombuffer(b"x" + np.arange(100).tobytes(), np.uint8)[1:].view(np.int64)
    here = ColumnsSource({"i": Column(Type("int64"), 100, odd), "j": Column(Type("int64"), 100, np.arange(200)[::2])})
    assert Plan("i = 7 OR j = 14", here.schema).rows(here).tolist() == [7]
