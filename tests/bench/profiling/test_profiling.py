"""`fastpaths profile` as a user runs it."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from fastpaths.bench import worker
from fastpaths.bench.loading import cases_in, load
from fastpaths.bench.profiling import measuring

pytestmark = pytest.mark.once

GARBAGE = """
import time
from fastpaths.bench import Op, case

def cycles(n):
    for _ in range(n):
        cycle = []
        cycle.append(cycle)

leaked = []

@case(group="memory")
def garbage():
    return Op(cycles, 1000, items=1000, unit="cycle", expected=None)

def leak_slowly():  # as fast as it can, it would grow by how soon the machine finds memory: in fits, not by a trend
    leaked.append(bytes(10_000))
    time.sleep(0.001)

@case(group="memory")
def leak():
    return Op(leak_slowly, expected=None)
"""


def profiles(path):
    return {found["name"]: found for found in json.loads(path.read_text())["profiles"]}


def test_what_a_case_is_known_to_do_is_in_its_profile(project):
    project.write("garbage.py", GARBAGE)
    run = project.fastpaths("profile", "memory", "--seconds", "1", "--hz", "50", "-o", "out.json")
    assert run.returncode == 0, run.stderr
    found = profiles(project.folder / "out.json")
    garbage, leak = found["memory/garbage"], found["memory/leak"]
    assert {pause["generation"] for pause in garbage["pauses"]} >= {0, 1}
    assert 0.01 < garbage["figures"]["gc_share"] < 0.9
    assert garbage["figures"]["allocations_a_record"] >= 2  # a list, and its one slot
    assert leak["figures"]["rss_growth"]["lower"] > 0
    assert not leak["pauses"]
    assert leak["memory"]["kept"] == pytest.approx(10_033, abs=200)
    for text in ("memory/garbage", "of generation 0", "grows", "by the whole host", "at 50 Hz"):
        assert text in run.stdout
    assert 40 <= len(garbage["samples"]) + garbage["cost"]["missed"] <= 60


def test_a_command_is_sampled_until_it_ends(project):
    command = [sys.executable, "-c", "import time; x = bytearray(b'x') * 60_000_000; time.sleep(0.4)"]
    run = project.fastpaths("profile", "--hz", "50", "--records", "600", "--json", "--", *command)
    assert run.returncode == 0, run.stderr
    (found,) = json.loads(run.stdout)["profiles"]
    assert 60_000_000 < found["figures"]["rss_peak"] < 100_000_000
    assert found["records"] == 600
    assert found["pauses"] is None


CHILD = """
import sys, time
from pathlib import Path
x = bytearray(b"x") * 60_000_000
Path(f"holds-{sys.argv[1]}").touch()
while len(list(Path().glob("holds-*"))) < 2:  # on a busy machine one would end before the other begins
    time.sleep(0.02)
time.sleep(2)  # new processes are looked for now and then
"""


@pytest.mark.skipif(os.name != "posix", reason="runs a shell")
def test_what_a_command_starts_is_sampled_with_it(project):
    (project.folder / "child.py").write_text(CHILD)
    child = f"{sys.executable} child.py"
    run = project.fastpaths("profile", "--hz", "50", "--json", "--", "sh", "-c", f"{child} 1 & {child} 2 & wait")
    assert run.returncode == 0, run.stderr
    (found,) = json.loads(run.stdout)["profiles"]
    assert found["figures"]["processes"] == 3
    assert 120_000_000 < found["figures"]["rss_peak"] < 200_000_000


def test_a_command_that_fails_says_so_after_its_profile(project):
    command = [sys.executable, "-c", "import time; time.sleep(0.4); raise SystemExit(3)"]
    run = project.fastpaths("profile", "--hz", "50", "--", *command)
    assert run.returncode == 2
    assert "RSS" in run.stdout
    assert "ended with exit code 3" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--"], "no command after --"),
        (["sums", "--", "true"], "not both: sums is a case"),
        (["--hz", "0", "sums"], "--hz: expected a number above 0, found 0"),
        (["--seconds", "nan", "sums"], "--seconds: expected a number above 0, found nan"),
        (["--records", "-1", "--", "true"], "--records: expected a whole number above 0, found -1"),
        (["--", "no-such-program"], "cannot run no-such-program: No such file"),
        (["--", "true"], "ended before its second sample at 10 Hz"),
        (["sums", "-o", "no/such/folder.json"], "there is no folder"),
    ],
)
def test_what_cannot_be_profiled(project, arguments, words):
    run = project.fastpaths("profile", *arguments)
    assert run.returncode == 2
    assert words in run.stderr


def test_a_wrong_answer_is_no_profile(project):
    project.write(
        "wrong.py", "from fastpaths.bench import *\n@case(group='wrong')\ndef f(): return Op(abs, 1, expected=2)\n"
    )
    run = project.fastpaths("profile", "wrong")
    assert run.returncode == 2
    assert "wrong/f: wrong answer" in run.stderr


def has_sampler(pid):
    try:
        return any("sampler" in " ".join(child.cmdline()) for child in psutil.Process(pid).children())
    except psutil.Error:  # a child that has ended meanwhile
        return False


def test_a_sampler_whose_controller_was_killed_ends_in_silence():
    process = subprocess.Popen(
        [sys.executable, *worker.program("profiling.sampler"), str(os.getpid()), "50"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"ready\n"
    process.stdout.close()
    process.stdin.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(30)


@pytest.mark.parametrize("group", [False, True], ids=["to it alone", "to all, as a terminal sends it"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_keeps_what_was_sampled(project, number, group):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "fastpaths", "profile", "sums", "--hz", "50", "--seconds", "60", "-o", "out.json"],
        cwd=project.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not has_sampler(process.pid):
        time.sleep(0.05)
    time.sleep(1)
    os.killpg(process.pid, number) if group else process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, out + err
    assert "Traceback" not in err
    assert re.search(r"profile: interrupted; of 4 cases 0 were profiled to the end, and one for \d\.\d s only", err)
    written = json.loads((project.folder / "out.json").read_text())
    assert written["interrupted"]
    assert len(written["profiles"][0]["samples"]) > 10
    assert "sums/builtin[n=10]" in out


def test_the_cost_of_sampling_is_an_interval(project, monkeypatch):
    monkeypatch.setattr(measuring, "ROUNDS", 3)
    monkeypatch.setattr(measuring, "PAIRS", 2)
    (found, *_) = [case for case in cases_in(load(project.folder / "benchmarks/cases.py")) if "each" in case.name]
    interval = measuring.slowdown(found, hz=100, timeout=10)
    assert interval.lower < interval.estimate < interval.upper
