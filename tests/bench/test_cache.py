"""The cache believes only what was finished, and forgets what was not used for long."""

import os
import signal
import subprocess
import sys
import time

import pytest

from fastpaths.bench import cache
from fastpaths.bench.errors import BenchError


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTPATHS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def made(key, text="1", kind="things"):
    def make(folder):
        (folder / "file").write_text(text)
        return {"text": text}

    return cache.entry(kind, key, make, lambda _: None)


def never(folder):
    pytest.fail("made again")


def test_made_once(root):
    folder, about = made("a")
    assert folder == root / "things" / "a"
    assert (folder / "file").read_text() == about["text"] == "1"
    assert cache.entry("things", "a", never, lambda _: None) == (folder, about)


def test_where_it_is(monkeypatch, tmp_path):
    monkeypatch.delenv("FASTPATHS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.root() == tmp_path / "fastpaths"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, says its specification
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.root() == tmp_path / ".cache" / "fastpaths"


def test_a_failure_leaves_nothing(root):
    def make(folder):
        (folder / "file").write_text("half")
        raise BenchError("no")

    with pytest.raises(BenchError, match="no"):
        cache.entry("things", "a", make, lambda _: None)
    assert [path.name for path in (root / "things").iterdir()] == [".lock"]


def test_a_killed_process_leaves_nothing_that_is_believed(root):
    code = """
import os, signal
from fastpaths.bench import cache
def make(folder):
    (folder / "file").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
cache.entry("things", "a", make, print)
"""
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == -signal.SIGKILL
    assert list((root / "things").glob("a.*"))
    made("b")
    assert sorted(path.name for path in (root / "things").iterdir()) == [".lock", "b"]
    assert made("a", "whole")[1] == {"text": "whole"}


@pytest.mark.parametrize("damage", ["", "{", None])
def test_an_entry_without_a_readable_marker_is_made_again(damage):
    folder, _ = made("a")
    if damage is None:
        (folder / cache.MARKER).unlink()
    else:
        (folder / cache.MARKER).write_text(damage)
    assert made("a", "2")[1] == {"text": "2"}
    assert (folder / "file").read_text() == "2"


def test_the_least_recently_used_are_forgotten(root):
    folders = [made(f"k{i}")[0] for i in range(cache.KEPT + 3)]
    assert all(folder.is_dir() for folder in folders)  # used within a day: they may be in use
    long_ago = time.time() - 2 * cache.DAY
    for age, folder in enumerate(folders):
        os.utime(folder, (long_ago - age, long_ago - age))
    made("k0")  # a hit: used now, and nothing is forgotten
    made("new")
    assert {path.name for path in (root / "things").glob("[!.]*")} == {"new", *(f"k{i}" for i in range(cache.KEPT - 1))}


def test_a_second_process_waits_for_the_first(root):
    code = """
import time
from fastpaths.bench import cache
def make(folder):
    print("making", flush=True)
    time.sleep(0.5)
    return {}
cache.entry("things", "a", make, lambda text: print(text, flush=True))
"""
    command = [sys.executable, "-P", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "making\n"
        second = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert first.wait(60) == 0
    assert second.stdout == "waiting for another process that is building\n"


def test_a_cache_that_cannot_be_written_is_named(root):
    root.write_text("a file")
    with pytest.raises(BenchError, match=r"cannot use the cache .*FASTPATHS_CACHE"):
        made("a")
