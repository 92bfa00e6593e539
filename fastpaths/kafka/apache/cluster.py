"""The nodes of a cluster in KRaft mode. The first is its controller as well, and so the one that cannot be missed."""

from __future__ import annotations

import base64
import random
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from fastpaths.kafka.apache import artefacts
from fastpaths.kafka.apache.node import Node
from fastpaths.kafka.apache.security import Security
from fastpaths.kafka.broker import BrokerError

HOST = "127.0.0.1"
# Below what systems take for outgoing connections: a port that waits for its node to come back is given to nobody else.
PORTS = range(15_000, 32_000)
TRIES = 3  # with other ports, where somebody was faster
TAKEN = "Address already in use"
INTERNAL_TOPICS = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")


class ApacheServer:
    """`Server` of the kind "apache"."""

    def __init__(self, nodes: int, listeners: Sequence[str], properties: Mapping[str, str]) -> None:
        self._java, self._jars = artefacts.java(), artefacts.jars()
        self._listeners, self._properties = listeners, properties
        self.version = f"Apache Kafka {artefacts.VERSION}"
        for attempt in range(TRIES):
            self._folder = Path(tempfile.mkdtemp(prefix="fastpaths-kafka-"))
            self._nodes: dict[int, Node] = {}
            try:
                self._begin(nodes)
            except BaseException as error:
                self.stop()
                if isinstance(error, BrokerError) and TAKEN in str(error) and attempt < TRIES - 1:
                    continue
                raise
            break

    def _begin(self, count: int) -> None:
        self._security = Security(self._listeners, self._folder, self._java)
        ports = free_ports(1 + count * (1 + len(self._listeners)))
        controller = ports.pop()
        self._addresses: dict[str, list[str]] = {name: [] for name in self._listeners}
        for number in range(1, count + 1):
            sockets = {name: f"{HOST}:{ports.pop()}" for name in ["INTERNAL", *self._listeners]}
            for name in self._listeners:
                self._addresses[name].append(sockets[name])
            settings = {
                **_node_properties(number, count, f"{HOST}:{controller}", sockets),
                **self._security.properties(),
                **self._properties,
            }
            self._nodes[number] = Node(self._java, self._jars, self._folder / f"node-{number}", settings)
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda node: node.format(cluster), self._nodes.values()))
        self._start(self._nodes.values())

    def _start(self, nodes: Iterable[Node]) -> None:
        for node in (chosen := list(nodes)):
            node.start()
        for node in chosen:
            node.await_start()

    def _chosen(self, number: int | None) -> list[Node]:
        """That node, or all of them: the controller last."""
        if number is None:
            return list(reversed(self._nodes.values()))
        if number not in self._nodes:
            raise ValueError(f"this broker's nodes are 1 to {len(self._nodes)}, got {number}")
        return [self._nodes[number]]

    @property
    def bootstrap_servers(self) -> str:
        return ",".join(self._addresses[self._listeners[0]])

    def client_options(self, protocol: str) -> Mapping[str, Any]:
        return {"bootstrap_servers": ",".join(self._addresses[protocol]), **self._security.client_options(protocol)}

    @property
    def pids(self) -> list[int]:
        return [node.pid for node in self._nodes.values()]

    def wait(self) -> None:
        while all(node.running for node in self._nodes.values()):
            time.sleep(0.2)

    def kill(self, number: int | None = None) -> None:
        for node in self._chosen(number):
            node.kill()

    def restart(self, number: int | None = None) -> None:
        chosen = self._chosen(number)
        for node in chosen:
            node.stop()
        self._start(reversed(chosen))

    def stop(self) -> None:
        for node in reversed(self._nodes.values()):
            node.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        if len(found) == count:
            break
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            found.append(port)
    return found


def _node_properties(number: int, count: int, controller: str, sockets: Mapping[str, str]) -> dict[str, str]:
    listeners = ",".join(f"{name}://{address}" for name, address in sockets.items())
    protocols = {name: "PLAINTEXT" if name == "INTERNAL" else name for name in sockets} | {"CONTROLLER": "PLAINTEXT"}
    leads = number == 1
    return {
        "node.id": str(number),
        "process.roles": "broker,controller" if leads else "broker",
        "controller.quorum.voters": f"1@{controller}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "INTERNAL",
        "listeners": f"{listeners},CONTROLLER://{controller}" if leads else listeners,
        "advertised.listeners": listeners,
        "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in protocols.items()),
        # Small, since 50 partitions take a second to make; and on all nodes, to survive one's end.
        **{f"{topic}.replication.factor": str(min(count, 3)) for topic in INTERNAL_TOPICS},
        **{f"{topic}.num.partitions": "1" for topic in INTERNAL_TOPICS},
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
    }
