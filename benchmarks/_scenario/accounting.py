"""The account of every record: each one sent must arrive once, whole, in order. Whatever else happened is named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from _scenario.payload import FOREIGN

Nanoseconds = NDArray[np.int64]


@dataclass(frozen=True)
class Account:
    """How many records…"""

    sent: int
    delivered: int  # each counted once
    refused: int  # the producer reported an error, and the record did not arrive
    lost: int  # nobody reported anything, and the record did not arrive
    duplicated: int  # deliveries beyond a record's first
    reordered: int  # arrived after a later one of the same producer in the same partition
    corrupted: int  # deliveries that are not what was sent
    foreign: int  # whole, but another run's: somebody else uses the topic

    @property
    def faults(self) -> dict[str, int]:
        """What must not happen, and did."""
        faults = ("lost", "duplicated", "reordered", "corrupted", "refused")
        counts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: counts[name] for name in faults if counts[name]}

    def __add__(self, other: "Account") -> "Account":
        return Account(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


class Times(NamedTuple):
    """Of each record by its sequence number: nanoseconds of one monotonic clock; 0 is "never"."""

    due: Nanoseconds
    sent: Nanoseconds
    received: Nanoseconds

    @classmethod
    def empty(cls, count: int) -> "Times":
        return cls(*(np.zeros(count, np.int64) for _ in cls._fields))


@dataclass
class Faults:
    """What the consumer noticed."""

    duplicated: int = 0
    reordered: int = 0
    corrupted: int = 0
    foreign: int = 0


class Ledger:
    """Written by the schedule (`send`), the producer (`refuse`) and the consumer (`deliver`), each its own part: from
    threads of theirs, or from processes, whose ledgers then share their `times`.

    identify: of contents, which record a value is of.
    firsts: the sequence number that each producer's records begin with, ascending.
    """

    def __init__(
        self, identify: Callable[[bytes | None], int], times: Times, firsts: Sequence[int] | None = None
    ) -> None:
        self.due, self.sent, self.received = self.times = times
        self.deliveries = 0  # of records not seen before
        self.sends = 0
        self.errors: dict[int, str] = {}
        self.noticed = Faults()
        self._identify = identify
        self._firsts = np.array([0] if firsts is None else firsts)
        self._latest: dict[tuple[int, int], int] = {}

    def send(self, sequence: int, due: int, now: int) -> None:
        """The record is about to be handed to the producer."""
        self.due[sequence] = due
        self.sent[sequence] = now
        self.sends += 1

    def refuse(self, sequence: int, error: Exception) -> None:
        """The producer could not deliver the record, or does not know that it did."""
        self.errors[sequence] = f"{type(error).__name__}: {error}"

    def deliver(self, value: bytes | None, now: int, partition: int = 0) -> None:
        """The application has been given this value."""
        sequence = self._identify(value)
        if sequence == FOREIGN:
            self.noticed.foreign += 1
        elif not (0 <= sequence < len(self.sent) and self.sent[sequence] != 0):
            self.noticed.corrupted += 1
        elif self.received[sequence]:
            self.noticed.duplicated += 1
        else:
            lane = partition, int(self._firsts.searchsorted(sequence, "right")) if len(self._firsts) > 1 else 1
            latest = self._latest.get(lane, -1)
            self.noticed.reordered += sequence < latest
            self._latest[lane] = max(latest, sequence)
            self.received[sequence] = now
            self.deliveries += 1

    @property
    def settled(self) -> bool:
        """Nothing that was sent is still to come."""
        return self.deliveries == self.sends

    def account(self) -> Account:
        return account(self.times, self.errors, self.noticed)


def account(times: Times, errors: dict[int, str], noticed: Faults) -> Account:
    missing = (times.sent != 0) & (times.received == 0)
    refused = sum(bool(missing[sequence]) for sequence in tuple(errors))
    return Account(
        sent=int(np.count_nonzero(times.sent)),
        delivered=int(np.count_nonzero(times.received)),
        refused=refused,
        lost=int(missing.sum()) - refused,
        duplicated=noticed.duplicated,
        reordered=noticed.reordered,
        corrupted=noticed.corrupted,
        foreign=noticed.foreign,
    )
