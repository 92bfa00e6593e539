"""Readers that go before the end: what was measured is kept, and the exit code is the command's."""

import os
import subprocess
import sys

import pytest

INSTRUMENTS = [
    ("list",),
    ("look",),
    ("look", "--json"),
    ("time", "--debug-single-value"),
    ("versus", "--budget", "0.2"),
    ("profile", "--seconds", "0.5"),
    ("profile", "--json", "--seconds", "0.5"),
]
WRITER = """
import sys
from fastpaths.bench.errors import exit_code
def command():
    print("x" * 1_000_000, file=getattr(sys, sys.argv[1]))
    return 1
sys.exit(exit_code("it", command))
"""


@pytest.fixture
def unread():
    """The end to write to of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


def run(*command, **streams):
    return subprocess.run([sys.executable, "-P", *command], timeout=120, check=False, **streams)


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=" ".join)
def test_what_was_measured_is_kept(project, unread, instrument):
    command = ["-m", "fastpaths", *instrument, "sums", "--preset", "quick", "-o", "kept.json"]
    done = run(*command, cwd=project.folder, stdout=unread, stderr=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert "sums/builtin[n=10]" in (project.folder / "kept.json").read_text()


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_the_exit_code_is_the_commands(unread, stream):
    assert run("-c", WRITER, stream, **{stream: unread}).returncode == 1


def test_an_error_that_nobody_reads_is_one(unread):
    assert run("-m", "fastpaths", "look", "no/such", stderr=unread).returncode == 2


def test_closed_from_the_start(project):
    command = f"{sys.executable} -P -m fastpaths list -o kept.json >&-"
    assert subprocess.run(command, shell=True, cwd=project.folder, check=False).returncode == 0
    assert (project.folder / "kept.json").exists()
