"""Quix Streams, which has its own loop: it runs in a thread, and what it is given is taken down on its way.

As its documentation has it: a topic of JSON, a dataframe, `run()`. Between two phases of a run it is held up.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from _scenario.clients import Clients
from _scenario.json_values import COMPACT
from _scenario.load import Load

EMPTY = 0.01  # seconds that a poll waits where nothing came


class Objects(list[Any]):
    """Decoded values. Each is encoded again to be checked: our numbers and texts survive that."""

    @property
    def values(self) -> Iterator[bytes]:
        return (COMPACT.encode(one).encode() for one in self)


@dataclass(frozen=True)
class Quix:
    name: str = "quix-streams"

    @property
    def version(self) -> str:
        return version("quixstreams")

    def receiver(self, options: Clients, topic: str) -> QuixReceiver:
        return QuixReceiver(options, topic)


class QuixReceiver:
    endless = False

    def __init__(self, options: Clients, topic: str) -> None:
        import quixstreams

        from _scenario.librdkafka import CONSUMER_LACKS, QUEUE_BACKOFF_MS, configuration

        class Application(quixstreams.Application):
            def _setup_signal_handlers(self) -> None:
                """A thread may not, and the process has its own."""

        def given(role: dict[str, Any]) -> dict[str, Any]:
            return {
                name: value
                for name, value in configuration(role).items()
                if name not in (*CONSUMER_LACKS, "bootstrap.servers")
            }

        self._context = quixstreams.message_context
        self.app = Application(
            broker_address=options.consumer["bootstrap_servers"],
            consumer_group=f"fastpaths-{secrets.token_hex(6)}",
            auto_offset_reset="earliest",
            consumer_extra_config={**given(options.consumer), "fetch.queue.backoff.ms": QUEUE_BACKOFF_MS},
            producer_extra_config=given(options.producer),
            on_message_processed=self._processed,
            loglevel="ERROR",
        )
        self._topic = self.app.topic(topic, value_deserializer="json")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._open = threading.Event()
        self._taken: list[tuple[int, Any]] = []
        self._failure: Exception | None = None
        self.count = self.processed = self._handed_out = 0

    def run(self, build: Callable[[Any], Any], output: str, load: Load) -> None:
        """What to do with the dataframe, and the topic that its result goes to."""
        self._load = load
        build(self.app.dataframe(self._topic).update(self._take)).to_topic(
            self.app.topic(output, value_serializer="json")
        )

    def _run(self) -> None:
        try:
            self.app.run()
        except Exception as error:
            self._failure = error

    def _take(self, value: Any) -> None:
        self._open.wait()
        self._taken.append((self._context().partition, value))
        self.count += 1
        if self.count == self._load.warmup:
            self._open.clear()

    def _processed(self, topic: str, partition: int, offset: int) -> None:
        self.processed += 1
        if self.processed == self._load.total:
            self.app.stop()

    def seek(self, to_end: bool) -> None:
        pass

    def poll(self) -> Iterator[tuple[int, Objects]]:
        if self._failure is not None:
            raise self._failure
        if self.count != self._load.warmup or self._handed_out == self._load.warmup:
            self._open.set()
        if self._thread.ident is None:
            self._thread.start()
        if not self._taken:
            time.sleep(EMPTY)
        taken, self._taken = self._taken, []
        self._handed_out += len(taken)
        of: dict[int, Objects] = {}
        for partition, value in taken:
            of.setdefault(partition, Objects()).append(value)
        return iter(of.items())

    def end(self) -> None:
        """It stops by itself when it has processed all; then what it has written is acknowledged."""
        self._thread.join()

    def close(self) -> None:
        self.app.stop()
        self._open.set()
