"""A broker of one's own: started by `with`, gone at its end, and gone with its owner whatever ends that.

with Broker("apache") as broker:
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
    def client_options(self, listener: str) -> Mapping[str, Any]:
        """What kafka-python's clients must be told to reach that listener."""

    def wait(self) -> None:
        """Return when a node ends by itself."""

    def kill(self, node: int | None) -> None:
        """End that node, or all, as a crash would (SIGKILL)."""

    def restart(self, node: int | None) -> None:
        """Start that node, or all, on the data that is there; where it runs, it is stopped first."""

    def stop(self) -> None:
        """End it in an orderly way and free what it holds. Calling it again does nothing."""


class Broker:
    """A Kafka broker of the given kind, running inside the `with` block.

    kind "embedded": librdkafka's mock cluster, in a process of its own. One node, up in a quarter of a second, nothing
        but confluent-kafka needed. It keeps 5 MiB or 100,000 batches a partition and silently drops the oldest, has
        neither disk nor replication, stamps every record with 1234, and creates topics itself, with 4 partitions.
    kind "apache": Apache Kafka, each node a Java process on a temporary folder, up in about four seconds. Needs Java 17
        or newer; and, the first time, Maven, which fetches it (43 MB, kept in the user's cache directory).

    nodes: how many, numbered from 1. Node 1 is the cluster's controller as well.
    listeners: what each node listens for, of the security protocols PLAINTEXT, SASL_PLAINTEXT, SSL and SASL_SSL. SASL
        is PLAIN with one user; TLS has a certificate of its own, valid for localhost and 127.0.0.1.
    properties: server properties of every node, which go before our own.
    """

    def __init__(
        self,
        kind: str = "embedded",
        *,
        nodes: int = 1,
        listeners: Sequence[str] = ("PLAINTEXT",),
        properties: Mapping[str, str] | None = None,
    ) -> None:
        if kind not in _KINDS:
            raise ValueError(f"Broker: kind must be one of {', '.join(map(repr, _KINDS))}, got {kind!r}")
        if nodes < 1:
            raise ValueError(f"Broker: nodes must be 1 or more, got {nodes}")
        if not listeners or not set(listeners) <= set(LISTENERS):
            raise ValueError(f"Broker: listeners must be some of {', '.join(LISTENERS)}, got {listeners!r}")
        if kind == "embedded" and (nodes, tuple(listeners), properties or {}) != (1, ("PLAINTEXT",), {}):
            raise ValueError('Broker("embedded") has one node, the listener PLAINTEXT, and no properties')
        self.kind: Final = kind
        self._nodes: Final = nodes
        self._listeners: Final = tuple(listeners)
        self._properties: Final = dict(properties or {})
        self._server: Server | None = None

    def __enter__(self) -> Self:
        if self._server is not None:
            raise BrokerError(f"this {self.kind} broker is running already, at {self.bootstrap_servers}")
        self._server = _KINDS[self.kind](self._nodes, self._listeners, self._properties)
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
        """HOST:PORT of its nodes, comma-separated; where it has several listeners, of the first."""
        return self._running.bootstrap_servers

    @property
    def version(self) -> str:
        """Name and version of the software that answers."""
        return self._running.version

    def client_options(self, role: Role, listener: str | None = None) -> dict[str, Any]:
        """Keyword arguments for kafka-python's client of that role: the address, what the listener (default: the first)
        asks for, and what this kind of broker needs.
        """
        listener = self._listeners[0] if listener is None else listener
        if listener not in self._listeners:
            raise ValueError(f"this {self.kind} broker listens for {', '.join(self._listeners)}, not for {listener}")
        return {**self._running.client_options(listener), **needed_options(self.kind, role)}

    def wait(self) -> None:
        """Block until a node ends by itself."""
        self._running.wait()

    def kill(self, node: int | None = None) -> None:
        """End that node, or all, as a crash would (SIGKILL): what a client does then is worth a test."""
        self._running.kill(node)

    def restart(self, node: int | None = None) -> None:
        """Start that node, or all, at the same address on the same data; where it runs, it is stopped first.

        Raises BrokerError if it does not come up, and for an embedded broker, which keeps no data.
        """
        self._running.restart(node)


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
            f"KafkaConsumer(bootstrap_servers={broker.bootstrap_servers!r}{needed})\n"
            f"For the benchmarks: export KAFKA_BOOTSTRAP_SERVERS={broker.bootstrap_servers}",
            file=sys.stderr,
        )
        broker.wait()
        raise BrokerError(f"the {kind} broker at {broker.bootstrap_servers} ended by itself")


def run(argv: Sequence[str], prog: str) -> int:
    """`fastpaths broker`."""
    parser = argparse.ArgumentParser(
        prog=prog, description="Start a broker, print its address, and stay until Ctrl-C (exit code 0 then)."
    )
    parser.add_argument(
        "kind",
        choices=_KINDS,
        metavar="|".join(_KINDS),
        help="embedded: librdkafka's mock, for a first look; apache: the real one, on Java",
    )
    try:
        serve(parser.parse_args(argv).kind)
    except BrokerError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    return 0


def _embedded(nodes: int, listeners: Sequence[str], properties: Mapping[str, str]) -> Server:
    from fastpaths.kafka._embedded import EmbeddedServer

    return EmbeddedServer()


def _apache(nodes: int, listeners: Sequence[str], properties: Mapping[str, str]) -> Server:
    from fastpaths.kafka.apache.cluster import ApacheServer

    return ApacheServer(nodes, listeners, properties)


LISTENERS: Final = ("PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL")
_KINDS: Final[Mapping[str, Callable[[int, Sequence[str], Mapping[str, str]], Server]]] = {
    "embedded": _embedded,
    "apache": _apache,
}

# The mock answers neither a current ApiVersions request, so that its version must be told, nor an empty fetch before
# the whole of the wait asked for is over.
_NEEDED_OPTIONS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "embedded": {"client": {"api_version": (2, 3)}, "consumer": {"fetch_max_wait_ms": 1}},
}
