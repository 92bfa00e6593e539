"""One node: a Java process on a folder of its own, which holds its properties, its log and its data."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from fastpaths.kafka.broker import BrokerError

START_TIMEOUT = 120.0  # seconds; three are usual
STOP_TIMEOUT = 30.0
UP = "Kafka Server started"
SHOWN = 25  # lines of a failed node's log
LOGGING = Path(__file__).with_name("log4j2.properties")
SHORT_LIVED = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class Node:
    def __init__(self, java: str, jars: Path, folder: Path, properties: Mapping[str, str]) -> None:
        self._folder = folder
        self._properties = folder / "server.properties"
        self._log = folder / "server.log"
        self._java = [java, f"-Djava.io.tmpdir={folder}", f"-Dlog4j2.configurationFile={LOGGING}", "-cp", f"{jars}/*"]
        self._keeper: subprocess.Popen[str] | None = None
        self._pid = 0
        self._said = 0  # bytes that are in the log already when it starts
        folder.mkdir(exist_ok=True)
        settings = {**properties, "log.dirs": str(folder / "data")}
        self._properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()), encoding="utf-8")

    def format(self, cluster: str) -> None:
        """Make its data folder one of that cluster's."""
        # With "=", for it may begin with "-".
        tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self._properties)]
        command = [self._java[0], *SHORT_LIVED, *self._java[1:], *tool]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if run.returncode != 0:
            raise BrokerError(f"Apache Kafka could not format {self._folder} (status {run.returncode}): {run.stdout}")

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def running(self) -> bool:
        return self._keeper is not None and self._keeper.poll() is None

    def start(self) -> None:
        """Start it. `await_start` returns when it is up."""
        self._said = self._log.stat().st_size if self._log.exists() else 0
        command = [self._java[0], "-Xms256m", "-Xmx1g", *self._java[1:], "kafka.Kafka", str(self._properties)]
        with self._log.open("ab") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-P", "-m", "fastpaths.kafka.apache.keeper", str(self._folder.parent), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                process_group=0,  # a Ctrl-C at the terminal is the owner's to handle: it still needs its broker then
            )
        assert self._keeper.stdout is not None
        self._pid = int(self._keeper.stdout.readline() or 0)

    def await_start(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while UP not in self.log():
            if not self.running:
                raise BrokerError(
                    f"an Apache Kafka node ended before it was up; the end of its log:\n{self._log_end()}"
                )
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"an Apache Kafka node is not up after {START_TIMEOUT:.0f} s; the end of its log:\n"
                    f"{self._log_end()}"
                )
            time.sleep(0.05)

    def log(self) -> str:
        """What it has logged since its last start."""
        with self._log.open("rb") as log:
            log.seek(self._said)
            return log.read().decode(errors="replace")

    def _log_end(self) -> str:
        return "\n".join(self.log().splitlines()[-SHOWN:])

    def kill(self) -> None:
        if self.running:
            os.kill(self._pid, signal.SIGKILL)
        self._end()

    def ask_to_stop(self) -> None:
        if self.running:
            os.kill(self._pid, signal.SIGTERM)

    def stop(self) -> None:
        self.ask_to_stop()
        self._end()

    def _end(self) -> None:
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        with keeper:  # closes the pipes, but waits first: their end is the keeper's sign that its owner is gone
            try:
                keeper.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                os.kill(self._pid, signal.SIGKILL)
                keeper.wait()
