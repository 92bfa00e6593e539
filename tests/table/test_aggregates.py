"""Aggregates against Python: exact sums, extremes of every type, nulls, NaN, and the rows that a plan selects."""

import math
from datetime import UTC, datetime
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpaths.columns.column import Column
from fastpaths.columns.types import Type
from fastpaths.table.aggregates import aggregate
from fastpaths.table.plan import Plan
from fastpaths.table.predicates import PredicateError
from fastpaths.table.simd import instruction_sets, use_instruction_set
from fastpaths.table.source import ColumnsSource

MIN, MAX = -(2**63), 2**63 - 1
VALUES = {
    "int64": st.integers(-9, 9) | st.integers(MIN, MAX),
    "float64": st.floats(allow_nan=False, allow_infinity=False, width=32),
    "decimal(2)": st.integers(-999, 999).map(lambda units: Decimal(units).scaleb(-2)),
    "bool": st.booleans(),
    "str": st.text("aé€\0", max_size=3) | st.sampled_from(["x" * 12, "x" * 13, "x" * 14]),
    "bytes": st.binary(max_size=3),
    "category": st.text("aé€", max_size=2),
    "timestamp": st.datetimes(timezones=st.just(UTC)),
}
LENGTHS = st.integers(0, 5) | st.sampled_from([63, 64, 65, 1023, 1024, 1025])


def source_of(type, values, **more):
    columns = {"v": Column.from_values(type, values)}
    return ColumnsSource(columns | {name: Column.from_values("int64", column) for name, column in more.items()})


@pytest.fixture(params=instruction_sets())
def instructions(request):
    before = use_instruction_set(request.param)
    yield
    use_instruction_set(before)


@pytest.mark.usefixtures("instructions")
@pytest.mark.parametrize("type", VALUES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_against_python(type, data):
    pool = data.draw(st.lists(st.none() | VALUES[type], min_size=1, max_size=20))
    n = data.draw(LENGTHS)
    most = data.draw(st.none() | st.integers(0, 7))
    values = [pool[i * 7 % len(pool)] for i in range(n)]
    numbers = [i * i % 8 for i in range(n)]
    source = source_of(type, values, k=numbers)
    plan, params = (None, None) if most is None else (Plan("k <= :most", source.schema), {"most": most})
    kept = [value for value, k in zip(values, numbers, strict=True) if most is None or k <= most]
    there = [value for value in kept if value is not None]

    def of(function, column="v"):
        return aggregate(source, function, column, plan, params)

    assert of("count", None) == of("count", "*") == len(kept)
    assert of("count") == len(there)
    assert of("min") == min(there, default=None)
    assert of("max") == max(there, default=None)
    if not there:
        return
    assert of("min").__class__ is there[0].__class__
    if type == "float64":
        assert of("sum") == pytest.approx(math.fsum(there), rel=1e-9, abs=1e-3)
        assert of("mean") == of("sum") / len(there)
    elif type in ("int64", "decimal(2)"):
        total = sum(there)
        if type == "int64" and not MIN <= total <= MAX:
            with pytest.raises(OverflowError, match=f"the sum of column 'v' is {total}, which no int64 holds"):
                of("sum")
        else:
            assert of("sum") == total
        mean = of("mean")
        assert mean.__class__ is (float if type == "int64" else Decimal)
        assert mean == (
            total / len(there) if type == "int64" else pytest.approx(total / len(there), rel=Decimal("1e-26"))
        )


@pytest.mark.parametrize("function", ["sum", "min", "max", "mean"])
@pytest.mark.parametrize("values", [[], [None], [None] * 2000])
def test_of_nothing(function, values):
    for type in ("int64", "float64", "decimal(2)"):
        assert aggregate(source_of(type, values), function, "v") is None
    assert aggregate(source_of("int64", values), "count", "v") == 0


@pytest.mark.usefixtures("instructions")
def test_no_sum_wraps():
    for value in (MAX, MIN):
        source = source_of("int64", [value] * 3000)
        with pytest.raises(OverflowError, match=f"the sum of column 'v' is {value * 3000}, which no int64 holds"):
            aggregate(source, "sum", "v")
        assert aggregate(source, "mean", "v") == float(value)
    assert aggregate(source_of("int64", [MAX, MIN] * 1000 + [5]), "sum", "v") == -995
    decimals = source_of("decimal(2)", [Decimal(MAX).scaleb(-2)] * 2)
    with pytest.raises(
        OverflowError, match=r"the sum of column 'v' is 184467440737095516.14, which no decimal\(2\) holds"
    ):
        aggregate(decimals, "sum", "v")


def test_no_decimal_context_is_in_the_way():
    source = source_of("decimal(2)", [Decimal("12345678901.25"), Decimal("0.01"), Decimal("0.02")])
    with localcontext(prec=3):
        assert aggregate(source, "sum", "v") == Decimal("12345678901.28")
        assert aggregate(source, "max", "v") == Decimal("12345678901.25")
        assert aggregate(source, "mean", "v") == Decimal("4115226300.426666666666666667")


def test_floats():
    source = source_of("float64", [2.0, math.nan, -math.inf, 1.0])
    assert math.isnan(aggregate(source, "max", "v"))
    assert aggregate(source, "min", "v") == -math.inf
    assert math.isnan(aggregate(source, "sum", "v"))
    assert aggregate(source, "max", "v", Plan("v < 1e308", source.schema)) == 2.0
    rounding = [0.1] * 100_000
    assert aggregate(source_of("float64", rounding), "sum", "v") == pytest.approx(10_000, rel=1e-13)


@pytest.mark.usefixtures("instructions")
def test_a_float_sum_depends_on_the_rows_alone():
    """Not on how a plan has come to select them."""
    rng = np.random.default_rng(1)
    source = ColumnsSource({"v": Column(Type("float64"), 5000, rng.normal(size=5000))})
    sums = {
        aggregate(source, "sum", "v", plan)
        for plan in (None, Plan("v > -100", source.schema), Plan("TRUE", source.schema))
    }
    assert len(sums) == 1


def test_large_inputs_without_the_gil():
    n = 70_000
    source = ColumnsSource({"v": Column(Type("int64"), n, np.arange(n))})
    assert aggregate(source, "sum", "v") == n * (n - 1) // 2
    assert aggregate(source, "max", "v", Plan("v < 69000", source.schema)) == 68_999


def test_timestamps_beyond_datetime():
    source = ColumnsSource({"v": Column(Type("timestamp"), 1, np.array([MAX]))})
    with pytest.raises(OverflowError):
        aggregate(source, "max", "v")
    assert aggregate(source_of("timestamp", [datetime(1, 1, 1, tzinfo=UTC)]), "min", "v") == datetime(
        1, 1, 1, tzinfo=UTC
    )


@pytest.mark.parametrize("type", sorted(VALUES.keys() - {"int64", "float64", "decimal(2)"}))
def test_sums_are_of_numbers(type):
    for function in ("sum", "mean"):
        with pytest.raises(TypeError, match=f"{function} is of numbers; column 'v' is {type}"):
            aggregate(source_of(type, []), function, "v")


def test_bad_calls():
    source = source_of("int64", [1])
    with pytest.raises(ValueError, match="an aggregate is count, sum, mean, min, max, found 'median'"):
        aggregate(source, "median", "v")
    with pytest.raises(ValueError, match="sum is of a column, found None"):
        aggregate(source, "sum")
    with pytest.raises(PredicateError, match="there is no column 'w'; the columns are v"):
        aggregate(source, "sum", "w")
