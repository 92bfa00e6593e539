"""A command that must not outlive its owner: gone with it whatever ends that, and nothing left behind."""

import os
import signal
import subprocess
import sys

import pytest

KEEPER = [sys.executable, "-P", "-m", "fastpaths.kafka.apache.keeper"]
OWNER = """
import subprocess, sys
keeper = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "data").write_text("x")
    return folder


@pytest.mark.parametrize("fork", ["", "import os, time; os.fork() or time.sleep(30)\n"], ids=["alone", "forked"])
def test_the_command_ends_with_its_owner_and_the_folder_with_both(folder, fork, is_running, within):
    """A fork that holds the keeper's stdin open is no owner."""
    code = OWNER.replace("sys.stdin", f"{fork}sys.stdin")
    with subprocess.Popen(
        [sys.executable, "-P", "-c", code, *KEEPER, str(folder), "sleep", "60"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as owner:
        try:
            pid = int(owner.stdout.readline())
            assert is_running(pid)
            owner.kill()
            owner.wait(10)
            assert within(10, lambda: not is_running(pid) and not folder.exists())
        finally:
            os.killpg(owner.pid, signal.SIGKILL)


def test_the_command_ends_with_its_keeper(folder, is_running, within):
    with subprocess.Popen(
        [*KEEPER, str(folder), "sleep", "60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as keeper:
        pid = int(keeper.stdout.readline())
        keeper.kill()
        keeper.wait(10)
        assert within(10, lambda: not is_running(pid))


def test_the_keeper_ends_with_its_command_and_leaves_the_folder(folder):
    with subprocess.Popen(
        [*KEEPER, str(folder), "sh", "-c", "echo said; exit 3"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as keeper:
        assert keeper.wait(10) == 3
        assert keeper.stderr.read() == "said\n"
    assert folder.exists()
