"""Rounds between real processes: what they measure, and how what goes wrong in one is told."""

import math
import os
import signal
import sys
import threading
import time

import pytest

from fastpaths.bench import worker
from fastpaths.bench.errors import BenchError
from fastpaths.bench.gate.contestant import Contender, Contestant
from fastpaths.bench.gate.pairing import Pair, last_core

CASES = """
import os, sys, time, zlib
from fastpaths.bench import Op, case

def checksum(size):  # allocates nothing, so that no process is unlucky with its memory
    data = bytes(size)
    return Op(zlib.crc32, data, items=size, unit="byte", expected=zlib.crc32(data))

@case(group="spin")
def once(): return checksum(10_000)

@case(group="spin")
def twice(): return checksum(20_000)

@case(group="spin")
def long(): return checksum(20_000_000)

@case(group="spin", pairing="alternate")
def nap(): return Op(time.sleep, 0.002, expected=None)

@case(group="odd")
def chatty():
    print("set-up speaks")
    return Op(print, "and so does the operation", expected=None)

@case(group="odd")
def seeds():
    with open("seeds", "a") as file:
        file.write(os.environ["PYTHONHASHSEED"] + " " + os.environ["FASTPATHS_HASH_SEED"] + "\\n")
    return checksum(10_000)

@case(group="odd")
def crashes(): return Op(os._exit, 7, expected=None)

@case(group="odd")
def raises():
    raise RuntimeError("no data today")

@case(group="odd")
def hangs(): return Op(time.sleep, 60, expected=None)
"""


@pytest.fixture
def contender(project):
    path = project.write("pairs.py", CASES)

    def make(name):
        return Contender(name, [sys.executable, *worker.program("slices"), f"{path}::{name}"])

    return make


def measured(first, second, rounds=1, **options):
    settings = {"same_loops": False, "core": last_core(), "timeout": 20} | options
    pair = Pair(first, second, **settings)
    return pair, [pair.round(seed) for seed in range(rounds)]


@pytest.mark.parametrize("same_loops", [True, False])
def test_twice_the_work_reads_as_twice_the_time(contender, same_loops):
    _, (first, second) = measured(contender("spin/once"), contender("spin/twice"), 2, same_loops=same_loops)
    for evidence in (first, second):
        assert math.log(1.6) < evidence.ratios.cpu < math.log(2.5)
        assert evidence.nanoseconds[1] > evidence.nanoseconds[0] > 0


def test_an_operation_longer_than_a_slice_makes_fewer_pairs(contender):
    pair, _ = measured(contender("spin/long"), contender("spin/long"))
    assert pair.loops == (1, 1)
    assert pair.pairs < 60


def test_the_operation_is_described(contender):
    pair, _ = measured(contender("spin/once"), contender("spin/twice"))
    assert [(about.calls, about.items, about.unit) for about in pair.about] == [
        (1, 10_000, "byte"),
        (1, 20_000, "byte"),
    ]


def test_alternating_processes_are_told_apart_by_the_wall_clock(contender):
    _, (evidence,) = measured(contender("spin/nap"), contender("spin/nap"), alternate=True, same_loops=True)
    assert abs(evidence.ratios.wall) < math.log(1.5)
    assert evidence.nanoseconds[0] >= 2_000_000


def test_what_a_case_prints_does_not_disturb_the_protocol(contender):
    _, (evidence,) = measured(contender("odd/chatty"), contender("odd/chatty"))
    assert math.isfinite(evidence.ratios.wall)


def test_both_sides_of_a_round_share_their_seeds_and_rounds_do_not(contender, project, monkeypatch):
    monkeypatch.chdir(project.folder)
    measured(contender("odd/seeds"), contender("odd/seeds"), 2)
    first, second, third, fourth = (project.folder / "seeds").read_text().splitlines()
    assert first == second != third == fourth


def test_this_process_may_use_all_its_cores_again_after_a_round(contender):
    before = os.sched_getaffinity(0)
    measured(contender("spin/once"), contender("spin/once"))
    assert os.sched_getaffinity(0) == before


def test_without_pinning_it_still_measures(contender):
    _, (evidence,) = measured(contender("spin/once"), contender("spin/once"), core=None)
    assert math.isfinite(evidence.ratios.wall)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("odd/crashes", "odd/crashes: its process ended with exit code 7"),
        ("odd/raises", "RuntimeError: no data today"),
        ("odd/hangs", r"odd/hangs: .* took more than 2 s \(--timeout\)"),
        ("odd/absent", "has no case named odd/absent"),
    ],
)
@pytest.mark.parametrize("alternate", [False, True])
def test_what_goes_wrong_on_a_side_is_told(contender, name, words, alternate):
    start = time.monotonic()
    with pytest.raises(BenchError, match=words):
        measured(contender("spin/once"), contender(name), timeout=2, alternate=alternate)
    assert time.monotonic() - start < 20


def test_a_worker_that_is_killed_is_told(contender):
    with Contestant(contender("spin/once"), {}, timeout=20) as contestant:
        contestant.ready()
        threading.Timer(0.3, os.kill, (contestant.pid, signal.SIGKILL)).start()
        with pytest.raises(BenchError, match="was killed by signal 9"):
            contestant.slice(10**12)


def test_no_process_is_left_behind(contender):
    with Contestant(contender("spin/once"), {}, timeout=20) as contestant:
        contestant.ready()
        pid = contestant.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
