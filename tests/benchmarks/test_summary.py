"""What is shown of several runs: against statistics of scipy's."""

import io
import re

import numpy as np
import pytest
from _scenario.accounting import Account
from _scenario.latencies import Latencies
from _scenario.measured import Measured
from _scenario.summary import show_summary
from rich.console import Console
from scipy.stats import t


def run(milliseconds, **stages):
    due = np.arange(1000) * 1_000_000
    nanoseconds = np.full(1000, round(milliseconds * 1e6))
    nanoseconds[:20] *= 10  # so that the p99 is tenfold
    return Measured(Account(1000, 1000, *[0] * 6), due, due, due + nanoseconds, 0.0, stages=stages)


def shown(runs):
    out = Console(file=io.StringIO(), width=120)
    show_summary(out, runs)
    return out.file.getvalue()


def yuen(values):
    """Estimate and 95 % bounds of five values, the least and the greatest trimmed (Yuen, Biometrika 61, 1974), on
    the log scale."""
    logs = np.sort(np.log(values))
    winsorised = np.clip(logs, logs[1], logs[3])
    margin = t.ppf(0.975, 2) * np.sqrt(4 * winsorised.var(ddof=1) / (3 * 2))
    middle = logs[1:4].mean()
    return np.exp([middle, middle - margin, middle + margin])


ONE, OTHER = [2.0, 2.2, 1.9, 2.1, 9.0], [1.0, 1.2, 1.0, 1.3, 1.1]


def test_percentiles_with_intervals_and_ratios_of_the_same_round():
    text = shown({"kafka-python": [run(x) for x in ONE], "fastpaths": [run(x) for x in OTHER]})
    rows = {(m[1], m[2]): [float(x) for x in m[3].replace(" - ", " ").split()] for m in re.finditer(ROW, text, re.M)}
    ratios = yuen(np.array(OTHER) / ONE)
    assert rows["p50", "kafka-python"] == pytest.approx(yuen(ONE), abs=1e-3)
    assert rows["", "fastpaths"] == pytest.approx([*10 * yuen(OTHER), *ratios], rel=5e-3)  # the last percentile's: p99
    assert rows["p99", "kafka-python"] == pytest.approx(10 * yuen(ONE), abs=1e-2)
    assert "p99.9" not in text


ROW = r"^(p[\d.]+|) +(kafka-python|fastpaths) +([\d. -]+)$"


def test_one_run_is_no_summary_and_two_have_no_interval():
    assert "intervals" not in shown({"a": [run(1)], "b": [run(2)]})
    text = shown({"a": [run(1), run(2)], "b": [run(2), run(2)]})
    assert re.search(r"^p50 +a +1.414 *\n +b +2.000 +1.41 *$", text, re.M)


def test_nothing_arrived():
    nothing = Measured(Account(1, 0, 0, 1, 0, 0, 0, 0), *[np.zeros(0, np.int64)] * 3, 0.0)
    assert shown({"a": [nothing], "b": []}) == ""


def test_stages():
    stages = {"sent": Latencies(np.array([1_000_000, 2_000_000, 9_000_000])), "acknowledged": Latencies(np.zeros(0))}
    text = shown({"a": [run(1, **stages)]})
    assert re.search(r"^a +2.000 *$", text, re.M), text
