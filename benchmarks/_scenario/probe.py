"""Does a Kafka broker answer at this address, and which one? Decided by a request and its answer, within seconds."""

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from _scenario.properties import Properties, options_of
from fastpaths.kafka.broker import Role, needed_options

CONNECT_TIMEOUT = 2.0  # seconds
ANSWER_TIMEOUT = 2.0
EMBEDDED_TIMEOUT = 1.0
MOCK_CLUSTER = "mockCluster"  # how librdkafka's mock begins its cluster id


class NoBroker(Exception):
    """No Kafka broker answers; the text says what was found at the address instead."""


@dataclass(frozen=True)
class Target:
    """A broker to measure against."""

    kind: str  # "embedded" is a mock, and its figures say nothing about a real broker's
    version: str
    bootstrap_servers: str
    properties: Properties = field(default_factory=dict, repr=False)  # the user's, which go before all others

    @property
    def embedded(self) -> bool:
        return self.kind == "embedded"

    def client_options(self, role: Role) -> dict[str, Any]:
        """Keyword arguments for kafka-python's client of that role."""
        needed = needed_options(self.kind, role)
        return {"bootstrap_servers": self.bootstrap_servers, **needed, **options_of(self.properties, role)}


def probe(bootstrap_servers: str, properties: Properties | None = None) -> Target:
    """Ask the broker who it is. NoBroker if none answers in time."""
    given = options_of(properties or {}, "admin")
    connect(bootstrap_servers)
    # An embedded broker that somebody else started is recognised, lest its figures pass for a real one's.
    with suppress(KafkaError):
        _, cluster = _describe(bootstrap_servers, EMBEDDED_TIMEOUT, {**needed_options("embedded", "admin"), **given})
        if cluster.startswith(MOCK_CLUSTER):
            return Target("embedded", "librdkafka mock cluster", bootstrap_servers, properties or {})
    try:
        version, _ = _describe(bootstrap_servers, ANSWER_TIMEOUT, given)
    except KafkaError as error:
        told = f" ({error})" if given else ""  # with security, the reason may be ours
        raise NoBroker(
            f"something listens there, but gives no Kafka answer within {ANSWER_TIMEOUT:g} s{told}"
        ) from None
    return Target("external", f"Kafka API {version}", bootstrap_servers, properties or {})


def connect(bootstrap_servers: str) -> None:
    """Open and close a TCP connection to one of the addresses: the quick way to a "no", and to its reason."""
    reasons = []
    for address in bootstrap_servers.split(","):
        host, port = split_address(address)
        try:
            socket.create_connection((host, port), CONNECT_TIMEOUT).close()
            return
        except OSError as error:
            reasons.append(error.strerror or str(error))
    raise NoBroker(", ".join(dict.fromkeys(reasons)).lower())


def split_address(address: str) -> tuple[str, int]:
    """HOST:PORT or [IPV6]:PORT, taken apart. ValueError if it is neither."""
    host, colon, port = address.strip().rpartition(":")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"expected HOST:PORT, got {address!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _describe(bootstrap_servers: str, timeout: float, options: dict[str, Any]) -> tuple[str, str]:
    """Version (as kafka-python infers it from the requests that the broker supports) and cluster id."""
    clients: list[Any] = []

    def client(**config: Any) -> Any:
        clients.append(KafkaNetClient(**config))
        return clients[-1]

    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap_servers.split(","),
            bootstrap_timeout_ms=timeout * 1000,
            **{**options, "request_timeout_ms": timeout * 1000},
            kafka_client=client,
        )
    except BaseException:
        # A constructor that fails leaves its thread and sockets to nobody.
        for left in clients:
            left.close()
        raise
    with admin:
        cluster = admin.describe_cluster()
        node = cluster["brokers"][0]["broker_id"]  # reached at the address that it advertises, as every client will
        version = admin.get_broker_version_data(node).broker_version
        return ".".join(map(str, version)), cluster["cluster_id"] or ""
