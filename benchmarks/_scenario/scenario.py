"""What a throughput scenario is made of. A script describes one; flow.py runs it.

All of it goes to processes that are spawned: functions and classes must be those of modules, no lambdas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from _scenario.classes import Classes
from _scenario.clients import HIGH_THROUGHPUT, LEADER_ACKS, LZ4, Clients
from _scenario.load import Load
from _scenario.payload import Contents
from _scenario.sides import Batch, Client, Headers, Loopback, Receiver, SourceClient

if TYPE_CHECKING:
    from _scenario.quix import Quix

Values = Sequence[bytes]


class Work(Protocol):
    """What the application does with what it is given. All but `answer` is timed."""

    def __call__(self, batch: Batch) -> None: ...
    def end(self) -> None:
        """Nothing will follow."""

    def answer(self) -> Any:
        """What came of it, to be compared with what a plain loop over the same values gives."""


class Nothing:
    """To have the records is all."""

    def __init__(self, surroundings: Surroundings) -> None:
        pass

    def __call__(self, batch: Batch) -> None:
        pass

    def end(self) -> None:
        pass

    def answer(self) -> None:
        return None


@dataclass(frozen=True)
class Surroundings:
    """What a work may need beside the records."""

    client: Client
    receiver: Receiver
    options: Clients
    topic: str  # of what it writes, where the scenario has one
    load: Load


@dataclass(frozen=True)
class Side:
    """How one client does a scenario's work."""

    client: Client | Loopback | SourceClient | Quix
    work: Callable[[Surroundings], Work] = Nothing
    encode: Callable[[Sequence[Any]], Values] | None = None  # the application's objects to values; timed
    objects: Callable[[Values], Sequence[Any]] = list  # of some records, to encode or to send as they are; not timed
    name: str = ""  # the client's, where it is empty

    @property
    def title(self) -> str:
        return self.name or self.client.name


def payloads(run: bytes, load: Load) -> Contents:
    return load.payloads(run)


def nothing(values: Iterable[bytes], load: Load) -> None:
    """What Nothing answers."""


@dataclass(frozen=True)
class Scenario:
    """producers: processes that send, each an equal share.

    prefilled: they have done so before the consumer begins, with the warm-up and then with the rest; and always with
    fastpaths, so that every side reads the same.

    expected: what a side's work must answer, from all values in any order of partitions. It is told the load, too.
    """

    name: str
    sides: Sequence[Side]  # the first is the one to beat
    clients: Clients
    contents: Callable[[bytes, Load], Contents] = payloads
    expected: Callable[[Iterable[bytes], Load], Any] = nothing
    headers: Headers = field(default_factory=list)
    producers: int = 4
    partitions: int = 3
    size: int | None = None  # of its values, where the command line has no say
    classes: Classes | None = None  # of records a second
    fixed: bool = False  # its values are the same whatever the seed
    prefilled: bool = False
    writes: bool = False  # the work has a topic of its own to write to

    def named(self, title: str) -> Side:
        return next(side for side in self.sides if side.title == title)


def of_full_topic(
    name: str, sides: Sequence[Side], expected: Callable[[Iterable[bytes], Load], Any], **more: Any
) -> Scenario:
    """The topic is full before a client begins, which waits for no more than there is."""
    clients = original(batch_size=64 << 10, fetch_max_wait_ms=10)
    return Scenario(name, sides, clients, expected=expected, prefilled=True, **more)


def original(batch_size: int, linger_ms: int = 5, fetch_min_bytes: int = 1024, fetch_max_wait_ms: int = 500) -> Clients:
    """The options of the high-throughput preset, which all these scenarios share, with each one's own."""
    return Clients(
        producer={**LEADER_ACKS, **LZ4, "batch_size": batch_size, "linger_ms": linger_ms, **HIGH_THROUGHPUT},
        consumer={
            "max_poll_records": 1000,
            "fetch_min_bytes": fetch_min_bytes,
            "fetch_max_wait_ms": fetch_max_wait_ms,
            **HIGH_THROUGHPUT,
        },
    )
