"""The original's classes, at their bounds."""

import io
from types import SimpleNamespace

import pytest
from _scenario.classes import Classes, rates
from _scenario.summary import show_classes
from rich.console import Console

RATES = rates(excellent=5000, good=2000)
TIMES = Classes("ms at p95", {"excellent": 5, "good": 20}, less=True)


@pytest.mark.parametrize(
    ("classes", "figure", "told"),
    [
        (RATES, 100_000, "excellent, 20 times 5,000"),
        (RATES, 5000, "excellent, 1 times 5,000"),
        (RATES, 4999, "good, 1 times 5,000"),
        (RATES, 1999, "none of them, 0.4 times 5,000"),
        (TIMES, 4.9, "excellent, 0.98 times 5"),
        (TIMES, 5, "good, 1 times 5"),
        (TIMES, 20, "none of them, 4 times 5"),
    ],
)
def test_where_a_figure_stands(classes, figure, told):
    assert classes.tell(figure) == told


def test_one_line_by_the_median_of_the_sound_runs():
    out = Console(file=io.StringIO(), width=300)
    runs = [SimpleNamespace(sound=sound, rate=rate) for sound, rate in ((1, 4000), (1, 6000), (1, 9000), (0, 1))]
    show_classes(out, RATES, {"one": runs, "other": []}, lambda run: run.rate)
    assert out.file.getvalue() == (
        "\nThe original's classes: excellent from 5,000 records/s, good from 2,000. "
        "Here: one excellent, 1.2 times 5,000.\n"
    )


def test_no_percentile_no_class():
    out = Console(file=io.StringIO())
    show_classes(out, TIMES, {"one": [SimpleNamespace(sound=True)]}, lambda run: None)
    assert out.file.getvalue() == ""
