import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from fastpaths.bench import versus
from fastpaths.bench.gate.contestant import About
from fastpaths.bench.gate.intervals import Interval
from fastpaths.bench.versus import LEAST_ROUNDS, Ratio, as_json, markdown, read

pytestmark = pytest.mark.once
CASES = """
import time
import zlib
from fastpaths.bench import Op, case

def checksum(size, items):
    data = bytes(size)
    return Op(zlib.crc32, data, items=items, unit="item", expected=zlib.crc32(data))

@case(group="sums")
def short(): return checksum(10_000, 1)

@short.baseline
def double(): return checksum(20_000, 1)

@short.baseline
def batch(): return checksum(40_000, 4)

@case(group="waits")
def working(): return checksum(1_000_000, 1)

@working.baseline
def waiting():
    data = bytes(1_000_000)
    def checksum():
        time.sleep(0.005)
        return zlib.crc32(data)
    return Op(checksum, expected=zlib.crc32(data))

@case(group="alone")
def alone(): return Op(abs, 1, expected=1)

@case(group="wrong")
def right(): return Op(abs, 1, expected=1)

@right.baseline
def wrong(): return Op(abs, 1, expected=2)
"""

SLOW = """
import time
from pathlib import Path
from fastpaths.bench import Op, case

@case(group="slow")
def slow():
    Path("begun").touch()
    time.sleep(100)
    return Op(abs, 1, expected=1)

@slow.baseline
def other(): return Op(abs, 1, expected=1)
"""


@pytest.fixture
def sums(project):
    project.write("sums.py", CASES)
    return project


def ratios(project):
    return {ratio["baseline"]: ratio for ratio in json.loads((project.folder / "out.json").read_text())["ratios"]}


def test_a_known_ratio_is_found_for_an_item(sums):
    run = sums.fastpaths("versus", "sums", "-o", "out.json", "--markdown", "out.md", "--svg", "out.svg")
    assert run.returncode == 0, run.stderr
    found = ratios(sums)
    assert found["sums/double"]["lower"] < 2.1
    assert found["sums/double"]["upper"] > 1.9
    assert found["sums/batch"]["lower"] < 1.05  # four times the work for four times the items
    assert found["sums/batch"]["upper"] > 0.95
    for ratio in found.values():
        assert ratio["cpu"]["lower"] < ratio["upper"]
        assert ratio["cpu"]["upper"] > ratio["lower"]
    assert "| `sums/short` |" in (sums.folder / "out.md").read_text()
    assert "<svg" in (sums.folder / "out.svg").read_text()


def test_waiting_is_no_cpu_time(sums):
    assert sums.fastpaths("versus", "waits", "--budget", "3", "-o", "out.json").returncode == 0
    (found,) = ratios(sums).values()
    assert found["cpu"]["ratio"] < found["lower"] / 1.5


def test_naming_a_baseline_measures_that_pair_alone_as_precisely_as_is_asked_for(sums):
    assert sums.fastpaths("versus", "sums/double", "--precision", "50", "-o", "out.json").returncode == 0
    assert list(ratios(sums)) == ["sums/double"]
    assert ratios(sums)["sums/double"]["rounds"] == LEAST_ROUNDS
    vain = ("--precision", "1e-6", "--budget", "8")
    assert sums.fastpaths("versus", "sums/double", *vain, "-o", "out.json").returncode == 0
    assert ratios(sums)["sums/double"]["rounds"] > LEAST_ROUNDS


def test_a_wrong_answer_of_a_baseline_is_refused(sums):
    run = sums.fastpaths("versus", "wrong")
    assert run.returncode == 2
    assert "wrong/wrong: wrong answer" in run.stderr


def test_a_case_without_baselines_says_so(sums):
    run = sums.fastpaths("versus", "alone")
    assert run.returncode == 2
    assert "none of these cases has a baseline" in run.stderr


def test_what_cannot_be_written_is_refused_before_anything_is_measured(sums):
    run = sums.fastpaths("versus", "sums/double", "-o", "no/such/folder.json")
    assert run.returncode == 2
    assert "cannot write no/such/folder.json: there is no folder no/such" in run.stderr


def test_interrupted_before_anything_is_known_it_leaves_the_file_as_it_was(sums):
    sums.write("slow.py", SLOW)
    (sums.folder / "out.json").write_text("of another day")
    (sums.folder / "out.md").write_text("of another day")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "fastpaths", "versus", "slow", "-o", "out.json", "--markdown", "out.md"],
        cwd=sums.folder,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (sums.folder / "begun").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "fastpaths versus: interrupted; of 1 ratios 0 were measured" in said
    assert {path.name: path.read_text() for path in sums.folder.glob("out*")} == dict.fromkeys(
        ("out.json", "out.md"), "of another day"
    )


@pytest.mark.parametrize(("rounds", "kept"), [(1, []), (3, [3])])
def test_interrupted_in_the_middle_of_a_ratio_it_keeps_its_rounds(sums, rounds, kept, monkeypatch, capsys):
    class Pair(versus.Pair):
        left = rounds

        def round(self, seed):
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            return super().round(seed)

    monkeypatch.setattr(versus, "Pair", Pair)
    monkeypatch.chdir(sums.folder)
    assert versus.run(["sums/double", "-o", "out.json"], "fastpaths versus") == 130
    printed = capsys.readouterr()
    assert ("double" in printed.out) == bool(kept)
    assert ("of 1 ratios 0 were measured, and one in 3 rounds only" in printed.err) == bool(kept)
    written = [json.loads(path.read_text()) for path in sums.folder.glob("out.json")]
    assert [ratio["rounds"] for data in written for ratio in data["ratios"]] == kept


@pytest.mark.parametrize("option", ["--budget", "--precision", "--timeout"])
@pytest.mark.parametrize("value", ["-1", "0", "inf", "long"])
def test_times_are_above_0(sums, option, value):
    run = sums.fastpaths("versus", option, value)
    assert run.returncode == 2
    assert f"{option}: expected a number above 0, found {value}" in run.stderr


def test_bounds_are_told_in_the_direction_of_the_estimate():
    about = About(1, 1, "call", None)
    slower = Ratio("g/peer", "g", "g/case", Interval(-0.7, -0.8, -0.6), 8, (1e-6, 5e-7), (about, about))
    assert "2.01x slower | 1.82 to 2.23 |\n" in markdown([slower])
    by_cpu = replace(slower, cpu=Interval(0.02, 0.01, 0.03))
    assert "2.01x slower | 1.82 to 2.23 | 0.97 to 0.99 |\n" in markdown([by_cpu])
    assert "by CPU time" not in markdown([slower, by_cpu])  # half a column
    kept, _ = read(as_json([slower, by_cpu]))
    assert markdown(kept, "here") == markdown([slower, by_cpu], "here")
