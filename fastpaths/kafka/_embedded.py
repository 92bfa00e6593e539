"""The embedded broker: librdkafka's mock cluster in a process of its own.

This module is both halves. `EmbeddedServer`, in the owner's process, starts this module as a child and reads a line of
JSON from its stdout: the address and the version, or the error. The child stays until its stdin ends, which the owner's
death causes as well as its wish; or until another process adopts it, since a fork of the owner may hold the pipe open.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from typing import Any

from fastpaths.kafka.broker import BrokerError

START_TIMEOUT = 30.0  # seconds; a quarter of one is usual
STOP_TIMEOUT = 5.0


class EmbeddedServer:
    """The owner's half."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,  # a Ctrl-C at the terminal is the owner's to handle: it still needs its broker then
        )
        try:
            hello = self._read_hello()
        except BaseException:
            self.stop()
            raise
        self.bootstrap_servers: str = hello["bootstrap_servers"]
        self.version: str = hello["version"]

    def _read_hello(self) -> dict[str, str]:
        assert self._process.stdout is not None
        watchdog = threading.Timer(START_TIMEOUT, self._process.kill)
        watchdog.start()
        try:
            line = self._process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise BrokerError(
                f"the embedded broker's process ended before it was ready (status {self._process.wait()}, "
                f"allowed {START_TIMEOUT:.0f} s)"
            )
        hello: dict[str, str] = json.loads(line)
        if "error" in hello:
            raise BrokerError(hello["error"])
        return hello

    @property
    def pid(self) -> int:
        return self._process.pid

    def client_options(self, listener: str) -> dict[str, Any]:
        return {"bootstrap_servers": self.bootstrap_servers}

    def wait(self) -> None:
        self._process.wait()

    def kill(self, node: int | None) -> None:
        self._process.kill()
        self._process.wait()

    def restart(self, node: int | None) -> None:
        raise BrokerError("the embedded broker keeps no data: there is nothing to start it again on")

    def stop(self) -> None:
        with self._process as process:  # closes the pipes, which the child takes as its end
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()


def _main() -> None:
    """The child's half."""
    owner = os.getppid()
    try:
        from confluent_kafka import Producer, libversion
    except ImportError as error:
        _say({"error": f"the embedded broker needs confluent-kafka, whose librdkafka carries it ({error})"})
        return
    # The cluster lives as long as this producer. Level 3: errors only, not the notice that a mock is in use.
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 3})
    nodes = producer.list_topics(timeout=START_TIMEOUT / 2).brokers.values()
    address = ",".join(f"{node.host}:{node.port}" for node in nodes)
    _say({"bootstrap_servers": address, "version": f"librdkafka {libversion()[0]} mock cluster"})
    while os.getppid() == owner:
        readable, _, _ = select.select([0], [], [], 1.0)
        if readable and not os.read(0, 4096):
            break
    os._exit(0)  # nothing is worth an orderly teardown


def _say(hello: dict[str, str]) -> None:
    print(json.dumps(hello), flush=True)


if __name__ == "__main__":
    _main()
