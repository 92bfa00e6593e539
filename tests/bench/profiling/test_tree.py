"""A process and those that it starts, read as one, against what they are known to do."""

import subprocess
import sys
import time

import psutil
import pytest

from fastpaths.bench.profiling import tree
from fastpaths.bench.profiling.readers import Ended, Portable
from fastpaths.bench.profiling.tree import Seldom, Tree

SIZE = 30_000_000
LEAF = f"held = bytearray(b'x') * {SIZE}; print(flush=True); input()"
BURN = "import time\nwhile time.process_time() < 0.3: pass"
MIDDLE = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LEAF!r}])"
PARENT = f"""
import subprocess, sys
def start(program):
    child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    child.stdout.readline()
    return child
for line in sys.stdin:
    if line == "start\\n":
        children = [start({LEAF!r}), start({MIDDLE!r})]
    elif line == "burn\\n":
        subprocess.run([sys.executable, "-c", {BURN!r}])
    elif line == "stop\\n":
        for child in children:
            child.communicate(b"\\n")
    print(flush=True)
"""


@pytest.fixture
def parent():
    process = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def tell(word):
        process.stdin.write(word.encode() + b"\n")
        process.stdout.readline()

    tell("ready")
    yield process, tell
    process.communicate()


@pytest.fixture(params=["the platform's", "psutil's"])
def seen(request, parent, monkeypatch):
    if request.param == "psutil's":
        monkeypatch.setattr(tree, "reader", Portable)
    process, tell = parent
    seen = Tree(process.pid)

    def sample():
        seen._walk, seen._uss = Seldom(1), Seldom(1)  # what is dear is due
        return seen.look()()

    return process, tell, sample


def test_children_and_theirs_are_in_the_sums(seen):
    process, tell, sample = seen
    alone = sample()
    assert alone.processes == 1
    tell("start")
    all_four = sample()
    assert all_four.processes == 4
    family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
    assert all_four.rss == pytest.approx(sum(psutil.Process(pid).memory_info().rss for pid in family), abs=4_000_000)
    assert all_four.uss == pytest.approx(
        sum(psutil.Process(pid).memory_full_info().uss for pid in family), abs=4_000_000
    )
    assert all_four.uss - alone.uss > 2 * SIZE
    tell("stop")
    ended = sample()
    assert ended.processes == 1
    assert ended.rss < alone.rss + SIZE


@pytest.mark.skipif(sys.platform != "linux", reason="keeps no CPU time of children that have ended")
def test_a_life_between_two_samples_is_in_the_cpu_time(seen):
    _, tell, sample = seen
    before = sample()
    tell("burn")
    after = sample()
    assert after.processes == 1
    assert after.user + after.system - before.user - before.system == pytest.approx(0.35, abs=0.1)


def test_counts_never_go_back(seen):
    _, tell, sample = seen
    tell("start")
    before = sample()
    for word in ("stop", "burn", "start", "stop"):
        tell(word)
        after = sample()
        for name in tree.COUNTS:
            if getattr(before, name) is not None:
                assert getattr(after, name) >= getattr(before, name), name
        before = after


def test_it_ends_with_the_first_process(parent):
    process, tell = parent
    seen = Tree(process.pid)
    tell("start")
    seen.look()()
    tell("stop")
    process.communicate()
    with pytest.raises(Ended):
        seen.look()()


def test_what_is_dear_is_read_seldom():
    uss = Seldom(0.001)
    assert uss.due(100.0)
    uss.took(100.0, 0.002)  # two milliseconds may be spent every two seconds
    assert not uss.due(101.9)
    assert uss.due(102.1)


def test_it_looks_for_new_processes_seldom(parent, monkeypatch):
    process, _ = parent
    seen, looks = Tree(process.pid), []
    descendants = seen._first.descendants
    monkeypatch.setattr(seen._first, "descendants", lambda: looks.append(time.sleep(0)) or descendants())
    for _ in range(200):
        seen.look()()
    assert 1 <= len(looks) < 100
