"""Things built once and kept, under the user's cache directory: found again by what they were made from.

An entry is a folder. It is made under another name and renamed when it is finished, so that whatever was interrupted
is never taken for one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import BenchError

KEPT = 20  # of each kind, the most recently used; and whatever was used within a day, since it may be in use
DAY = 24 * 3600
FORMAT = 1  # of the entries: a change leaves older ones unused
MARKER = "complete.json"
UNFINISHED = ".unfinished"

Say = Callable[[str], object]


def root() -> Path:
    """$FASTPATHS_CACHE, or fastpaths in $XDG_CACHE_HOME or ~/.cache."""
    if chosen := os.environ.get("FASTPATHS_CACHE"):
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "fastpaths"


def digest(*parts: object) -> str:
    """Key of an entry. All are equally long, as are the folders' names, which compilers write into what they build."""
    return hashlib.sha256(json.dumps([FORMAT, *parts], sort_keys=True, default=str).encode()).hexdigest()[:24]


def entry(kind: str, key: str, make: Callable[[Path], Mapping[str, Any]], say: Say) -> tuple[Path, dict[str, Any]]:
    """The folder of the entry, and what `make(folder)` returned when it filled it.

    One process makes at a time; the others wait, and use what they find then.
    """
    folder = root() / kind
    done = folder / key
    try:
        if (about := _about(done)) is None:
            folder.mkdir(parents=True, exist_ok=True)
            with _lock(folder / ".lock", say):
                if (about := _about(done)) is None:
                    about = _make(done, make)
                _prune(folder, keep=done)
        os.utime(done)
    except OSError as error:
        raise BenchError(f"cannot use the cache {root()} (FASTPATHS_CACHE names another): {error}") from error
    return done, about


def log(key: str) -> Path:
    """A file for what is said while the entry is made; it stays when that fails."""
    folder = root() / "logs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _prune(folder)
    except OSError as error:
        raise BenchError(f"cannot use the cache {root()} (FASTPATHS_CACHE names another): {error}") from error
    return folder / f"{key}.log"


def _about(done: Path) -> dict[str, Any] | None:
    try:
        about: dict[str, Any] = json.loads((done / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return about


def _make(done: Path, make: Callable[[Path], Mapping[str, Any]]) -> dict[str, Any]:
    for leftover in done.parent.glob(f"*{UNFINISHED}"):  # of processes that were killed: only the lock's holder has one
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(UNFINISHED, f"{done.name}.", done.parent))
    try:
        about = dict(make(unfinished))
        (unfinished / MARKER).write_text(json.dumps(about, indent=1), encoding="utf-8")
        if done.exists():  # without a marker that can be read: something has been at it
            shutil.rmtree(done)
        unfinished.rename(done)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return about


def _prune(folder: Path, keep: Path | None = None) -> None:
    entries = [path for path in folder.iterdir() if path != keep and not path.name.startswith(".")]
    for path in sorted(entries, key=_used, reverse=True)[KEPT - 1 :]:
        if time.time() - _used(path) > DAY:
            if path.is_dir():
                (path / MARKER).unlink(missing_ok=True)  # first: no entry to anyone from here on
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


@contextmanager
def alone(what: str, say: Say) -> Iterator[None]:
    """Say so if another process of this machine is at the same thing; both go on."""
    try:
        root().mkdir(parents=True, exist_ok=True)
        file = (root() / f".{what}.lock").open("w")
    except OSError as error:
        raise BenchError(f"cannot use the cache {root()} (FASTPATHS_CACHE names another): {error}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Another {what} is running on this machine: both take longer, and their rounds are noisier.")
        yield


@contextmanager
def _lock(path: Path, say: Say) -> Iterator[None]:
    """Held by one process; the system lets go of it when that process dies."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another process that is building")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
