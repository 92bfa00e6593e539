"""The options of a run's two kafka-python clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from _scenario.probe import Target

Options = dict[str, Any]


def connection(request_timeout_ms: int, retry_backoff_ms: int, socket_buffer_bytes: int) -> Options:
    """What producer and consumer alike say of their connections."""
    return {
        "request_timeout_ms": request_timeout_ms,
        "retry_backoff_ms": retry_backoff_ms,
        "send_buffer_bytes": socket_buffer_bytes,
        "receive_buffer_bytes": socket_buffer_bytes,
    }


LOW_LATENCY = connection(10_000, 50, 32 << 10)
HIGH_THROUGHPUT = connection(60_000, 200, 128 << 10)

# Latencies are of a record that its partition's leader has acknowledged. Idempotence would need all replicas' word.
LEADER_ACKS: Options = {"acks": 1, "enable_idempotence": False}
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

    def spelled(self) -> dict[str, str]:
        """Each client's options on a line. The address is left out: it is no part of what is measured."""
        return {
            role: " ".join(f"{name}={value}" for name, value in options.items() if name != "bootstrap_servers")
            for role, options in (("producer", self.producer), ("consumer", self.consumer))
        }
