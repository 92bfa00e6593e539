"""Command-line tools beside the clients: kcat, where it is on PATH, and Kafka's own two, where Java is.

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
from dataclasses import dataclass

from _scenario.consumption import WAIT_MS
from _scenario.contestants import Reading, Task
from _scenario.production import BATCH, LINGER_MS
from fastpaths.bench.errors import BenchError
from fastpaths.kafka import BrokerError
from fastpaths.kafka.apache import artefacts
from fastpaths.kafka.apache.keeper import die_with_parent

PIECE = 4096


@dataclass(frozen=True)
class Tool:
    command: Callable[[], list[str]]
    run: Callable[[list[str], Task], Reading]

    def absence(self) -> str | None:
        """Why it cannot take part."""
        try:
            self.command()
        except (BenchError, BrokerError) as error:
            return str(error)
        return None

    def __call__(self, task: Task) -> Reading:
        return self.run(self.command(), task)


def kcat_command() -> list[str]:
    found = shutil.which("kcat") or shutil.which("kafkacat")
    if found is None:
        raise BenchError("there is no kcat on PATH (Debian: apt-get install kcat)")
    return [found]


def kcat(program: list[str], task: Task) -> Reading:
    # It waits a second whenever its queue was full, so that it is given one that takes all there is.
    options = [
        f"-Xfetch.wait.max.ms={WAIT_MS}",
        "-Xqueued.min.messages=10000000",
        "-Xqueued.max.messages.kbytes=2000000",
    ]
    command = [*program, "-C", "-q", "-e", "-o", "beginning", "-f", ".", "-b", task.servers, "-t", task.topic]
    total = first = 0
    began = ended = 0.0
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, preexec_fn=die_with_parent) as process:
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), PIECE):
            ended = time.monotonic()
            total += len(piece)
            if not first:
                first, began = total, ended
        cpu = _cpu_seconds(process)
    said = subprocess.run([*program, "-V"], capture_output=True, text=True, check=True).stdout
    version = "".join(re.findall(r"Version ([\d.]+)", said))
    return Reading(version, total, total - first, ended - began, cpu * (total - first) / max(total, 1), began, ended)


def java_consumer(program: list[str], task: Task) -> Reading:
    command = [*program, "--bootstrap-server", task.servers, "--topic", task.topic]
    said, cpu = _run([*command, "--messages", str(task.records), "--hide-header", "--timeout", "60000"])
    records, fetch_ms = (int(said.strip().splitlines()[-1].split(", ")[i]) for i in (4, 7))
    return Reading(artefacts.VERSION, records, records, fetch_ms / 1000, cpu, 0, 0)


def java_producer(program: list[str], task: Task) -> Reading:
    command = [*program, "--topic", task.topic, "--throughput", "-1"]
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
    seconds = int(records) / float(rate)
    return Reading(artefacts.VERSION, int(records), int(records), seconds, cpu, 0, 0)


JAVA = "Kafka's own (Java)"
TOOLS = {
    "consume": {
        "kcat": Tool(kcat_command, kcat),
        JAVA: Tool(lambda: artefacts.tool("ConsumerPerformance"), java_consumer),
    },
    "produce": {JAVA: Tool(lambda: artefacts.tool("ProducerPerformance"), java_producer)},
}


def _run(command: list[str]) -> tuple[str, float]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, preexec_fn=die_with_parent, **pipes) as process:
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
