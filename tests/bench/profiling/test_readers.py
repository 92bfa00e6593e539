"""What is read of a process, against psutil and against what the process is known to do."""

import os
import subprocess
import sys

import psutil
import pytest

from fastpaths.bench.profiling.readers import Ended, Linux, Portable

READERS = [
    pytest.param(Linux, marks=pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")),
    Portable,
]
SIZE = 40_000_000


@pytest.fixture
def eater():
    """A process that answers a line once it has taken SIZE bytes more, and another line once it has burnt CPU time."""
    program = (
        "import time\n"
        "print(flush=True); input()\n"
        f"held = bytearray(b'x') * {SIZE}\n"
        "print(flush=True); input()\n"
        "while time.process_time() < 0.6: pass\n"
        "print(flush=True); input()"
    )
    command = [sys.executable, "-c", program]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    process.stdout.readline()

    def go_on():
        process.stdin.write(b"\n")
        process.stdout.readline()

    yield process, go_on
    process.kill()
    process.communicate()


@pytest.mark.parametrize("reader", READERS)
def test_memory_and_cpu_time_that_a_process_takes_are_seen(reader, eater):
    process, go_on = eater
    other = reader(process.pid)
    before = other.look()()
    go_on()
    taken = other.look()()
    assert taken.rss - before.rss == pytest.approx(SIZE, rel=0.05)
    assert taken.rss == pytest.approx(psutil.Process(process.pid).memory_info().rss, abs=1_000_000)
    assert other.uss() == pytest.approx(psutil.Process(process.pid).memory_full_info().uss, abs=1_000_000)
    if reader is Linux:
        assert taken.rss_peak >= taken.rss - 1_000_000
        assert taken.minor_faults - before.minor_faults > 10  # huge pages, where the machine has them, fault seldom
    go_on()
    burnt = other.look()()
    assert burnt.user + burnt.system == pytest.approx(0.6, abs=0.1)
    assert burnt.voluntary >= before.voluntary
    assert burnt.involuntary >= before.involuntary


@pytest.mark.parametrize("reader", READERS)
def test_network_bytes_are_the_whole_hosts(reader):
    before, sample, after = psutil.net_io_counters(), reader(os.getpid()).look()(), psutil.net_io_counters()
    assert before.bytes_recv <= sample.host_received <= after.bytes_recv
    assert before.bytes_sent <= sample.host_sent <= after.bytes_sent


@pytest.mark.parametrize("reader", READERS)
def test_a_process_that_ends_is_noticed(reader):
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other = reader(process.pid)
    other.look()()
    process.communicate(b"\n")
    with pytest.raises(Ended):
        other.look()()
