"""What can be read of a process from outside: straight from the kernel on Linux, through psutil elsewhere."""

from __future__ import annotations

import os
import re
import sys
import time
from typing import NamedTuple, Protocol

# Reading the USS walks all pages of a process, 15 ms a GB, with its memory map locked: only as often as this share of a
# core allows.
USS_SHARE = 0.001


class Sample(NamedTuple):
    """One look. Sizes in bytes, times in seconds, counts since the process began; None: not known here, or not read."""

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


class Ended(Exception):
    """The process is no more."""


class Reader(Protocol):
    def sample(self) -> Sample: ...


def reader(pid: int) -> Reader:
    return Linux(pid) if sys.platform == "linux" else Portable(pid)


class Seldom:
    """When to do again what may only take USS_SHARE of the time."""

    def __init__(self) -> None:
        self._due = 0.0

    def due(self, now: float) -> bool:
        return now >= self._due

    def took(self, now: float, cpu: float) -> None:
        self._due = now + cpu / USS_SHARE


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
        self._stat, self._status, self._io, self._smaps = (
            self._opened(f"/proc/{pid}/{name}") for name in ("stat", "status", "io", "smaps_rollup")
        )
        self._network = self._opened("/proc/net/dev")
        self._uss = Seldom()

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

    def sample(self) -> Sample:
        now = time.monotonic()
        stat = self._read(self._stat).rpartition(b")")[2].split()
        said = self._read(self._status)
        status = self.STATUS.search(said)
        if not stat or stat[0] in (b"Z", b"X") or (said and not status):  # one that exits has given its memory back
            raise Ended
        disk = self.IO.search(self._read(self._io))
        interfaces = self.INTERFACE.findall(self._read(self._network))
        return Sample(
            time=now,
            rss=int(stat[21]) * self.PAGE,
            rss_peak=int(status[1]) * 1024 if status else None,
            uss=self._read_uss(now) if self._uss.due(now) else None,
            user=int(stat[11]) / self.TICK,
            system=int(stat[12]) / self.TICK,
            voluntary=int(status[2]) if status else None,
            involuntary=int(status[3]) if status else None,
            minor_faults=int(stat[7]),
            major_faults=int(stat[9]),
            disk_read=int(disk[1]) if disk else None,
            disk_written=int(disk[2]) if disk else None,
            host_received=sum(int(received) for received, _ in interfaces) if interfaces else None,
            host_sent=sum(int(sent) for _, sent in interfaces) if interfaces else None,
        )

    def _read_uss(self, now: float) -> int | None:
        before = time.process_time()
        private = self.PRIVATE.findall(self._read(self._smaps))
        self._uss.took(now, time.process_time() - before)
        return 1024 * sum(map(int, private)) if private else None


class Portable:
    """By psutil."""

    def __init__(self, pid: int) -> None:
        import psutil

        self._psutil = psutil
        try:
            self._process = psutil.Process(pid)
        except psutil.NoSuchProcess:
            raise Ended from None
        self._uss = Seldom()

    def sample(self) -> Sample:
        process, now = self._process, time.monotonic()
        try:
            with process.oneshot():
                cpu, switches = process.cpu_times(), process.num_ctx_switches()
                disk = process.io_counters() if hasattr(process, "io_counters") else None
                rss = process.memory_info().rss
                uss = self._read_uss(now) if self._uss.due(now) else None
        except self._psutil.NoSuchProcess:  # a zombie, too
            raise Ended from None
        host = self._psutil.net_io_counters()
        return Sample(
            time=now,
            rss=rss,
            rss_peak=None,
            uss=uss,
            user=cpu.user,
            system=cpu.system,
            voluntary=switches.voluntary,
            involuntary=switches.involuntary,
            minor_faults=None,
            major_faults=None,
            disk_read=disk and disk.read_bytes,
            disk_written=disk and disk.write_bytes,
            host_received=host and host.bytes_recv,
            host_sent=host and host.bytes_sent,
        )

    def _read_uss(self, now: float) -> int | None:
        before = time.process_time()
        try:
            return int(self._process.memory_full_info().uss)
        except self._psutil.AccessDenied:
            return None
        finally:
            self._uss.took(now, time.process_time() - before)
