"""What each client is asked to do in kafka_clients.py, and what comes of it."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Self

ALPHABET = b"abcdefghijklmnopqrstuvwxyz     "
PATTERN = 4096  # bytes, after which contents repeat
CONTEXT = {"ssl_cafile": "cafile", "ssl_certfile": "certfile", "ssl_keyfile": "keyfile", "ssl_password": "password"}


@dataclass(frozen=True)
class _Line:
    """Goes between processes as a line of JSON."""

    def dumps(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, line: str) -> Self:
        return cls(**json.loads(line))


@dataclass(frozen=True)
class Task(_Line):
    work: str  # "consume", "produce" or "end-to-end"
    records: int = 2_000_000  # 0 for a consumer: as many as a line on its standard input will tell
    size: int = 100  # bytes of a value
    compression: str = "none"
    idempotent: bool = False  # acks=all and an idempotent producer; else acks=1
    partitions: int = 4
    seconds: float = 3.0  # after which it has done enough; 0: when all is done
    topic: str = ""
    options: dict[str, Any] = field(default_factory=dict)  # where the broker is, and what it asks of a client
    checked: bool = False  # a consumer takes the checksum of what it reads

    @property
    def servers(self) -> str:
        return self.options["bootstrap_servers"]

    @property
    def kafka_python(self) -> dict[str, Any]:
        """The options as they were before they became JSON."""
        return {name: tuple(value) if isinstance(value, list) else value for name, value in self.options.items()}

    @property
    def aiokafka(self) -> dict[str, Any]:
        """The options as aiokafka has them: TLS by a context."""
        from aiokafka.helpers import create_ssl_context

        options = {name: value for name, value in self.options.items() if name != "api_version"}
        files = {CONTEXT[name]: options.pop(name) for name in CONTEXT if name in options}
        check_hostname = options.pop("ssl_check_hostname", True)
        if options.get("security_protocol", "").endswith("SSL"):
            options["ssl_context"] = create_ssl_context(**files)
            options["ssl_context"].check_hostname = check_hostname
        return options


@dataclass(frozen=True)
class Reading(_Line):
    version: str
    records: int  # in all
    counted: int  # of them, while the clock ran
    seconds: float
    cpu_seconds: float  # of the client's process
    began: float  # of the system's monotonic clock
    ended: float
    checksum: int | None = None

    @property
    def rate(self) -> float:
        return self.counted / self.seconds

    @property
    def cpu_a_million(self) -> float:
        return self.cpu_seconds / self.counted * 1e6


def messages(count: int, size: int) -> list[bytes]:
    """Values of `size` bytes, each one different: its number, then text."""
    text = bytes(random.Random(1).choices(ALPHABET, k=PATTERN + size))
    values = []
    for number in range(count):
        start = number * 7 % PATTERN
        values.append(number.to_bytes(8, "big") + text[start : start + size - 8])
    return values


def checksum(values: Iterable[bytes]) -> int:
    """The same in whatever order they come."""
    return sum(map(zlib.crc32, values))
