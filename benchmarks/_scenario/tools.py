"""Command-line tools beside the clients, where they are on PATH: kcat, and the two that come with Apache Kafka.

A tool's CPU time is that of its whole process, with its start. kcat prints a byte a message: its clock starts with the
first of them, as that of the clients does. Kafka's own tools tell their rate themselves.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable

from _scenario.consumption import WAIT_MS
from _scenario.contestants import Reading, Task
from _scenario.production import BATCH, LINGER_MS
from fastpaths.bench.errors import BenchError

KCAT = ("kcat", "kafkacat")
JAVA_CONSUMER = ("kafka-consumer-perf-test.sh", "kafka-consumer-perf-test")
JAVA_PRODUCER = ("kafka-producer-perf-test.sh", "kafka-producer-perf-test")
PIECE = 4096


def found(names: tuple[str, ...]) -> str | None:
    return next(filter(None, map(shutil.which, names)), None)


def kcat(task: Task) -> Reading:
    # It waits a second whenever its queue was full, so that it is given one that takes all there is.
    options = [
        f"-Xfetch.wait.max.ms={WAIT_MS}",
        "-Xqueued.min.messages=10000000",
        "-Xqueued.max.messages.kbytes=2000000",
    ]
    command = [_path(KCAT), "-C", "-q", "-e", "-o", "beginning", "-f", ".", "-b", task.servers, "-t", task.topic]
    total = first = 0
    began = ended = 0.0
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), PIECE):
            ended = time.monotonic()
            total += len(piece)
            if not first:
                first, began = total, ended
        cpu = _cpu_seconds(process)
    said = subprocess.run([command[0], "-V"], capture_output=True, text=True, check=True).stdout
    version = "".join(re.findall(r"Version ([\d.]+)", said))
    return Reading(version, total, total - first, ended - began, cpu * (total - first) / max(total, 1), began, ended)


def java_consumer(task: Task) -> Reading:
    command = [_path(JAVA_CONSUMER), "--bootstrap-server", task.servers, "--topic", task.topic]
    said, cpu = _run([*command, "--messages", str(task.records), "--hide-header"])
    records, fetch_ms = (int(said.strip().splitlines()[-1].split(", ")[i]) for i in (4, 7))
    return Reading("", records, records, fetch_ms / 1000, cpu, 0, 0)


def java_producer(task: Task) -> Reading:
    command = [_path(JAVA_PRODUCER), "--topic", task.topic, "--throughput", "-1"]
    properties = {
        "bootstrap.servers": task.servers,
        "acks": "all" if task.idempotent else 1,
        "enable.idempotence": str(task.idempotent).lower(),
        "batch.size": BATCH,
        "linger.ms": LINGER_MS,
        "compression.type": task.compression,
    }
    load = ["--num-records", str(task.records), "--record-size", str(task.size)]
    said, cpu = _run([*command, *load, "--producer-props", *(f"{key}={value}" for key, value in properties.items())])
    line = said.strip().splitlines()[-1]
    records, rate = re.match(r"(\d+) records sent, ([\d.]+) records/sec", line).groups()
    return Reading("", int(records), int(records), int(records) / float(rate), cpu, 0, 0)


TOOLS: dict[str, dict[str, tuple[tuple[str, ...], Callable[[Task], Reading]]]] = {
    "consume": {"kcat": (KCAT, kcat), "Kafka's own (Java)": (JAVA_CONSUMER, java_consumer)},
    "produce": {"Kafka's own (Java)": (JAVA_PRODUCER, java_producer)},
}


def _path(names: tuple[str, ...]) -> str:
    path = found(names)
    assert path is not None
    return path


def _run(command: list[str]) -> tuple[str, float]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        cpu = _cpu_seconds(process)
    if process.returncode != 0:
        raise BenchError(f"{command[0]} failed: {said[-1000:]}")
    return said, cpu


def _cpu_seconds(process: subprocess.Popen) -> float:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime
