"""What can be read of a process from outside: straight from the kernel on Linux, through psutil elsewhere."""

from __future__ import annotations

import glob
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, Protocol, TypeAlias


class Sample(NamedTuple):
    """One look. Sizes in bytes, times in seconds, counts since the process began; None: not known here, or not read.

    CPU time, page faults and disk bytes are with those of its children that have ended and that it has waited for,
    where the platform keeps them (not macOS, nor Windows).
    """

    time: float  # by the monotonic clock
    rss: int
    rss_peak: int | None
    uss: int | None
    user: float
    system: float
    voluntary: int | None  # context switches of its first thread: it waited
    involuntary: int | None  # its time was up
    minor_faults: int | None
    major_faults: int | None
    disk_read: int | None
    disk_written: int | None
    host_received: int | None  # network bytes of the whole host, loopback too: no platform counts a process's own
    host_sent: int | None
    processes: int = 1  # those that it started, and it


class Ended(Exception):
    """The process is no more."""


# What was read, not yet parsed: called, it gives the sample, or raises Ended. Parsed at once, between two sleeps, with
# its code gone from the processor's caches, a look would cost half as much again.
Look: TypeAlias = Callable[[], Sample]


class Reader(Protocol):
    """Of one process. What is dear to read, its USS, is not in the sample. Each method raises Ended."""

    def look(self) -> Look: ...

    def uss(self) -> int | None: ...

    def descendants(self) -> Iterable[int]:
        """Process ids of those that it started, and of those that they started."""


def reader(pid: int) -> Reader:
    return Linux(pid) if sys.platform == "linux" else Portable(pid)


class Linux:
    """From /proc, whose files stay open: a sample at 100 Hz would else cost a quarter more than all of its reading."""

    TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
    PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
    STATUS = re.compile(
        rb"VmHWM:\s*(\d+).*\nvoluntary_ctxt_switches:\s*(\d+)\nnonvoluntary_ctxt_switches:\s*(\d+)", re.S
    )
    IO = re.compile(rb"\nread_bytes: (\d+)\nwrite_bytes: (\d+)")
    INTERFACE = re.compile(rb"^[^:\n]+:\s*(\d+)(?:\s+\d+){7}\s+(\d+)", re.M)
    PRIVATE = re.compile(rb"^Private_\w+:\s+(\d+) kB", re.M)

    def __init__(self, pid: int) -> None:
        own = [f"/proc/{pid}/{name}" for name in ("stat", "status", "io")]
        self._sampled = [self._opened(path) for path in (*own, "/proc/net/dev")]
        self._smaps = self._opened(f"/proc/{pid}/smaps_rollup")
        self._pid = pid

    @staticmethod
    def _opened(path: str) -> int | None:
        """None for what is another user's, or not in this kernel, or of a process that has ended."""
        try:
            return os.open(path, os.O_RDONLY)
        except OSError:
            return None

    @staticmethod
    def _read(file: int | None) -> bytes:
        try:
            return b"" if file is None else os.pread(file, 65536, 0)
        except PermissionError:  # said when it is read, not when it is opened
            return b""
        except ProcessLookupError:
            raise Ended from None

    def look(self) -> Look:
        now = time.monotonic()
        stat, status, disk, network = map(self._read, self._sampled)
        after_name = stat.rfind(b")")
        if stat[after_name + 2 : after_name + 3] in (b"", b"Z", b"X"):
            raise Ended
        return partial(self._parsed, now, stat, status, disk, network)

    @classmethod
    def _parsed(cls, time: float, stat_said: bytes, status_said: bytes, io_said: bytes, network_said: bytes) -> Sample:
        stat = stat_said.rpartition(b")")[2].split()
        status = cls.STATUS.search(status_said)
        if status_said and not status:  # one that exits has given its memory back
            raise Ended
        disk = cls.IO.search(io_said)
        interfaces = cls.INTERFACE.findall(network_said)
        return Sample(
            time=time,
            rss=int(stat[21]) * cls.PAGE,
            rss_peak=int(status[1]) * 1024 if status else None,
            uss=None,
            user=(int(stat[11]) + int(stat[13])) / cls.TICK,
            system=(int(stat[12]) + int(stat[14])) / cls.TICK,
            voluntary=int(status[2]) if status else None,
            involuntary=int(status[3]) if status else None,
            minor_faults=int(stat[7]) + int(stat[8]),
            major_faults=int(stat[9]) + int(stat[10]),
            disk_read=int(disk[1]) if disk else None,
            disk_written=int(disk[2]) if disk else None,
            host_received=sum(int(received) for received, _ in interfaces) if interfaces else None,
            host_sent=sum(int(sent) for _, sent in interfaces) if interfaces else None,
        )

    def uss(self) -> int | None:
        private = self.PRIVATE.findall(self._read(self._smaps))
        return 1024 * sum(map(int, private)) if private else None

    def descendants(self) -> Iterator[int]:
        return _started_by(self._pid)


def _started_by(pid: int) -> Iterator[int]:
    """By any of its threads, and by theirs."""
    for path in glob.iglob(f"/proc/{pid}/task/*/children"):
        try:
            with open(path, "rb") as file:
                children = file.read().split()
        except OSError:  # the thread has ended
            continue
        for child in map(int, children):
            yield child
            yield from _started_by(child)


class Portable:
    """By psutil."""

    def __init__(self, pid: int) -> None:
        import psutil

        self._psutil = psutil
        try:
            self._process = psutil.Process(pid)
        except psutil.NoSuchProcess:
            raise Ended from None

    def look(self) -> Look:
        process, now = self._process, time.monotonic()
        try:
            with process.oneshot():
                cpu, switches = process.cpu_times(), process.num_ctx_switches()
                disk = process.io_counters() if hasattr(process, "io_counters") else None
                rss = process.memory_info().rss
        except self._psutil.NoSuchProcess:  # a zombie, too
            raise Ended from None
        host = self._psutil.net_io_counters()
        return partial(
            Sample,
            time=now,
            rss=rss,
            rss_peak=None,
            uss=None,
            user=cpu.user + getattr(cpu, "children_user", 0.0),
            system=cpu.system + getattr(cpu, "children_system", 0.0),
            voluntary=switches.voluntary,
            involuntary=switches.involuntary,
            minor_faults=None,
            major_faults=None,
            disk_read=disk and disk.read_bytes,
            disk_written=disk and disk.write_bytes,
            host_received=host and host.bytes_recv,
            host_sent=host and host.bytes_sent,
        )

    def uss(self) -> int | None:
        try:
            return int(self._process.memory_full_info().uss)
        except self._psutil.AccessDenied:
            return None
        except self._psutil.NoSuchProcess:
            raise Ended from None

    def descendants(self) -> Iterator[int]:
        try:
            return iter([child.pid for child in self._process.children(recursive=True)])
        except self._psutil.NoSuchProcess:
            raise Ended from None
