"""The options of a run's two kafka-python clients."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kafka.errors import KafkaError

from _scenario.probe import Target

Options = dict[str, Any]


def connection(request_timeout_ms: int, retry_backoff_ms: int, socket_buffer_bytes: int | None = None) -> Options:
    """What producer and consumer alike say of their connections; of the sockets' buffers maybe nothing."""
    buffers = {"send_buffer_bytes": socket_buffer_bytes, "receive_buffer_bytes": socket_buffer_bytes}
    return {
        "request_timeout_ms": request_timeout_ms,
        "retry_backoff_ms": retry_backoff_ms,
        **({} if socket_buffer_bytes is None else buffers),
    }


# Those that the original systems share.
PRESETS = {
    "high-throughput": connection(60_000, 200, 128 << 10),
    "low-latency": connection(10_000, 50, 32 << 10),
    "max-durability": connection(120_000, 1000, 256 << 10),
    "development": connection(15_000, 100),
    "streaming": connection(30_000, 150, 64 << 10),
    "batch-processing": connection(180_000, 500, 512 << 10),
}
HIGH_THROUGHPUT, LOW_LATENCY = PRESETS["high-throughput"], PRESETS["low-latency"]

# Latencies are of a record that its partition's leader has acknowledged. Idempotence would need all replicas' word.
LEADER_ACKS: Options = {"acks": 1, "enable_idempotence": False}
PRIVATE = re.compile("^bootstrap_servers$|username|password|file$")
LZ4: Options = {"compression_type": "lz4"}


@dataclass(frozen=True)
class Clients:
    producer: Options
    consumer: Options

    def of(self, target: Target) -> Clients:
        """The same for this broker: with its address, and with what its kind needs, which goes before our wishes."""
        return Clients(
            {**self.producer, **target.client_options("producer")},
            {**self.consumer, **target.client_options("consumer")},
        )

    def connected(self, preset: str) -> Clients:
        """The same with that preset. A delivery has time for two requests, and at least kafka-python's 2 minutes."""
        given = PRESETS[preset]
        delivery = {"delivery_timeout_ms": max(120_000, 2 * given["request_timeout_ms"])}
        return Clients({**self.producer, **given, **delivery}, {**self.consumer, **given})

    def spelled(self) -> dict[str, str]:
        """Each client's options on a line, but where to connect and who one is: no part of what is measured."""
        return {
            role: " ".join(f"{name}={value}" for name, value in options.items() if not PRIVATE.search(name))
            or "defaults"
            for role, options in (("producer", self.producer), ("consumer", self.consumer))
        }


def close_producer(producer: Any) -> None:
    """Close it, whatever it still has to send: the account knows."""
    try:
        producer.close(timeout=1)
    except KafkaError:
        # It waited in vain for records that cannot be sent. Ours is closed; kafka-python's is still open, and nothing
        # public makes it give them up.
        producer._sender.force_close()
        with suppress(KafkaError):
            producer.close(timeout=1)
