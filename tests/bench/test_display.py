import io
import re

import pytest
from rich.console import Console

from fastpaths.bench.display import comparison, rate, si, tables
from fastpaths.bench.results import Measurement


def row(name, seconds, baseline_of=None, **options):
    defaults = {"group": name.rpartition("/")[0], "spread": None, "items": 1, "unit": "call", "nbytes": None}
    return Measurement(name=name, seconds=seconds, baseline_of=baseline_of, **(defaults | options))


def rendered(measurements, width=100):
    out = io.StringIO()
    for table in tables(measurements):
        Console(file=out, width=width).print(table)
    return out.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.264e-5, "12.6 µs"),
        (9.994e-9, "9.99 ns"),
        (9.996e-9, "10.0 ns"),
        (999.4e-9, "999 ns"),
        (999.6e-9, "1.00 µs"),
        (1.0, "1.00 s"),
        (0.0, "0.00 ns"),
        (3e-12, "0.00 ns"),
        (1234.0, "1.23 ks"),
    ],
)
def test_si(value, text):
    assert si(value, "s") == text


def test_rates_are_per_second():
    assert rate(1e-3, 1000, "record", 4096) == "1.00 M records/s, 4.10 MB/s"
    assert rate(2.0, 1, "call", None) == "500 m calls/s"


@pytest.mark.parametrize(
    ("ratio", "text"), [(1.0, "1.00x faster"), (0.5, "2.00x slower"), (12.34, "12.3x faster"), (250.4, "250x faster")]
)
def test_comparison(ratio, text):
    assert comparison(ratio) == text


def test_baselines_stand_below_their_case_with_the_ratio():
    lines = rendered(
        [
            row("g/one[n=1]", 1e-6),
            row("g/two", 1e-6),
            row("g/peer[n=1]", 3e-6, "g/one[n=1]"),
            row("h/x", 1.0),
            row("g/other[n=1]", 5e-7, "g/one[n=1]"),
        ]
    ).splitlines()
    firsts = [line.split()[0] for line in lines if line.strip() and not line.startswith("case")]
    assert firsts == ["g", "one[n=1]", "peer[n=1]", "other[n=1]", "two", "h", "x"]
    assert re.search(r"peer.*3\.00x faster", "\n".join(lines))
    assert re.search(r"other.*2\.00x slower", "\n".join(lines))


def test_a_spread_has_a_column_where_there_is_one():
    assert "±" not in rendered([row("g/one", 1e-6), row("g/two", 1e-6)])
    assert "50%" in rendered([row("g/one", 1e-6), row("g/two", 1e-6, spread=5e-7)])


def test_a_baseline_measured_alone_has_no_ratio():
    assert "x faster" not in rendered([row("g/peer", 3e-6, "g/one")])


@pytest.mark.parametrize("width", range(30, 100))
def test_no_name_or_figure_is_broken(width):
    rows = [
        row("bytes/a_name_that_may_be", 1.234e-5, items=1000, unit="record", nbytes=4096, spread=1e-6),
        row("bytes/peer", 2e-5, "bytes/a_name_that_may_be", items=1000, unit="record", nbytes=4096),
    ]
    lines = rendered(rows, width).splitlines()
    assert max(map(len, lines)) <= width
    for whole in ("a_name_that_may_be", "12.3 µs", "8%", "81.0 M records/s", "332 MB/s", "1.62x faster"):
        assert any(whole in line for line in lines), whole


def test_where_a_name_has_no_room_its_figures_are_below_it():
    rows = [row("g/" + "n" * 40, 1e-6), row("g/peer", 3e-6, "g/" + "n" * 40)]
    lines = [line.split() for line in rendered(rows, width=50).splitlines()]
    assert lines[:3] == [["g"], ["time", "rate", "the", "case", "is"], ["n" * 40]]
    assert [line[:2] for line in lines[3:]] == [["1.00", "µs"], ["peer"], ["3.00", "µs"]]


def test_narrow_terminals_lose_nothing():
    name = "lookup/str/" + "a_very_long_case_name" * 3
    assert "".join(rendered([row(name, 1e-6)], width=40).split()).count("a_very_long") >= 1
