"""The search for the highest rate that holds an objective."""

import argparse

import numpy as np
import pytest
from _scenario.accounting import Account
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.search import PRECISION, Objective, highest, twice
from hypothesis import given
from hypothesis import strategies as st


@given(st.floats(1, 1e6), st.floats(0.011, 1.5))
def test_it_finds_the_edge(upper, share):
    edge = share * upper
    found = highest(lambda rate: rate <= edge, upper)
    assert found <= min(edge, upper)
    assert found >= min(edge, upper) * (1 - PRECISION) - 1e-9


def test_nothing_holds():
    assert highest(lambda rate: False, 1000) == 0


@pytest.mark.parametrize(
    ("answers", "held", "asked"), [("++", True, 2), ("--", False, 2), ("+-+", True, 3), ("-+-", False, 3)]
)
def test_two_of_three(answers, held, asked):
    left = list(answers)
    assert twice(lambda rate: left.pop(0) == "+", 1.0) is held
    assert len(left) == len(answers) - asked


def test_objectives():
    assert Objective.parse("p99<20ms") == Objective("p99", 0.02)
    assert Objective.parse("p99.9 < 500us") == Objective("p99.9", 0.0005)
    assert str(Objective.parse("p50<1s")) == "p50<1000ms"


@pytest.mark.parametrize("text", ["", "p99", "p98<1ms", "p99<0ms", "p99<20", "mean<1ms"])
def test_what_is_none(text):
    with pytest.raises(argparse.ArgumentTypeError, match="expected an objective like p99<20ms"):
        Objective.parse(text)


def measured(milliseconds, rate):
    due = np.arange(2000) * round(1e9 / rate)
    account = Account(2000, 2000, *[0] * 6)
    return Measured(account, due, due, due + round(milliseconds * 1e6), 0.0, nanoseconds=round(2000 / rate * 1e9))


def test_it_holds_if_the_percentile_and_the_rate_do():
    objective = Objective("p99", 0.02)
    assert objective.holds(measured(19, 1000), 1000)
    assert not objective.holds(measured(21, 1000), 1000)
    assert not objective.holds(measured(19, 900), 1000)


def test_a_run_has_records_enough_for_the_percentile():
    load = Objective("p99.9", 1.0).load(Load(1, 1, 100, None, 1), 10)
    assert load.records > 10_000
    assert load.rate == 10
