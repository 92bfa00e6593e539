"""Runs a command that must not outlive the process that asked for it: `python -m … FOLDER COMMAND…`.

It says the command's process id on stdout, and ends with it. If its owner ends before that, by whatever cause, it kills
the command and removes the folder. The owner's end shows in that of stdin; or, where a fork of the owner holds that
pipe open, in who the parent is.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """In the command's process: should the keeper itself be killed, the system kills the command (on Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> None:
    folder, *command = sys.argv[1:]
    owner = os.getppid()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, preexec_fn=die_with_parent)
    print(process.pid, flush=True)
    orphaned = threading.Event()
    threading.Thread(target=end_with, args=(process, orphaned), daemon=True).start()
    while os.getppid() == owner:
        readable, _, _ = select.select([0], [], [], 1.0)
        if readable and not os.read(0, 4096):
            break
    orphaned.set()
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def end_with(process: subprocess.Popen[bytes], orphaned: threading.Event) -> None:
    status = process.wait()
    if not orphaned.is_set():
        os._exit(status & 0xFF)


if __name__ == "__main__":
    main()
