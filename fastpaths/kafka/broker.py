"""A broker of one's own: started by `with`, gone at its end, and gone with its owner whatever ends that.

with Broker("embedded") as broker:
    producer = KafkaProducer(**broker.client_options("producer"))
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Literal, Protocol, Self

from fastpaths.errors import FastpathsError

Role = Literal["producer", "consumer", "admin"]


class BrokerError(FastpathsError, RuntimeError):
    """A broker that cannot be started, or that is gone."""


class Server(Protocol):
    """What a kind of broker is made of: running from its construction until `stop`."""

    @property
    def bootstrap_servers(self) -> str: ...
    @property
    def version(self) -> str: ...
    def wait(self) -> None:
        """Return when the broker ends by itself."""

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""

    def stop(self) -> None:
        """End it in an orderly way and free what it holds. Calling it again does nothing."""


class Broker:
    """A Kafka broker of the given kind, running inside the `with` block.

    kind "embedded": librdkafka's mock cluster, in a process of its own. One node, up in a quarter of a second, nothing
        but confluent-kafka needed. It keeps 5 MiB or 100,000 batches a partition and silently drops the oldest, has
        neither disk nor replication, stamps every record with 1234, and creates topics itself, with 4 partitions.
    """

    def __init__(self, kind: str = "embedded") -> None:
        if kind not in _KINDS:
            raise ValueError(f"Broker: kind must be one of {', '.join(map(repr, _KINDS))}, got {kind!r}")
        self.kind: Final = kind
        self._server: Server | None = None

    def __enter__(self) -> Self:
        if self._server is not None:
            raise BrokerError(f"this {self.kind} broker is running already, at {self.bootstrap_servers}")
        self._server = _KINDS[self.kind]()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        server, self._server = self._running, None
        server.stop()

    @property
    def _running(self) -> Server:
        if self._server is None:
            raise BrokerError(f"this {self.kind} broker is not running; it does inside `with Broker(…) as broker:`")
        return self._server

    @property
    def bootstrap_servers(self) -> str:
        """HOST:PORT of its nodes, comma-separated."""
        return self._running.bootstrap_servers

    @property
    def version(self) -> str:
        """Name and version of the software that answers."""
        return self._running.version

    def client_options(self, role: Role) -> dict[str, Any]:
        """Keyword arguments for kafka-python's client of that role: the address, and what this kind of broker needs."""
        return {"bootstrap_servers": self.bootstrap_servers, **needed_options(self.kind, role)}

    def wait(self) -> None:
        """Block until the broker ends by itself."""
        self._running.wait()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL): what a client does then is worth a test."""
        self._running.kill()


def needed_options(kind: str, role: Role) -> dict[str, Any]:
    """What kafka-python's client of that role must be told to get on with a broker of this kind, beside its address."""
    options = _NEEDED_OPTIONS.get(kind, {})
    return {**options.get("client", {}), **options.get(role, {})}


def serve(kind: str) -> None:
    """Start a broker, print its address on stdout, and stay until Ctrl-C. BrokerError if it ends before that."""
    with suppress(KeyboardInterrupt), Broker(kind) as broker:
        needed = "".join(f", {name}={value!r}" for name, value in needed_options(kind, "consumer").items())
        print(broker.bootstrap_servers, flush=True)
        print(
            f"{kind} broker: {broker.version}. Ctrl-C stops it.\n"
            f"KafkaConsumer(bootstrap_servers={broker.bootstrap_servers!r}{needed})",
            file=sys.stderr,
        )
        broker.wait()
        raise BrokerError(f"the {kind} broker at {broker.bootstrap_servers} ended by itself")


def run(argv: Sequence[str], prog: str) -> int:
    """`fastpaths broker`."""
    parser = argparse.ArgumentParser(prog=prog, description="Start a broker, print its address, and stay until Ctrl-C.")
    parser.add_argument("kind", choices=_KINDS, help="embedded: librdkafka's mock, for a first look")
    try:
        serve(parser.parse_args(argv).kind)
    except BrokerError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    return 0


def _embedded() -> Server:
    from fastpaths.kafka._embedded import EmbeddedServer

    return EmbeddedServer()


_KINDS: Final[Mapping[str, Callable[[], Server]]] = {"embedded": _embedded}

# The mock answers neither a current ApiVersions request, so that its version must be told, nor an empty fetch before
# the whole of the wait asked for is over.
_NEEDED_OPTIONS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "embedded": {"client": {"api_version": (2, 3)}, "consumer": {"fetch_max_wait_ms": 1}},
}
