"""The account of every record: each one sent must arrive once, whole, in order. Whatever else happened is named."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from _scenario.payload import decode

Nanoseconds = NDArray[np.int64]


@dataclass(frozen=True)
class Account:
    """How many records…"""

    sent: int
    delivered: int  # each counted once
    refused: int  # the producer reported an error, and the record did not arrive
    lost: int  # nobody reported anything, and the record did not arrive
    duplicated: int  # deliveries beyond a record's first
    reordered: int  # arrived after a later one
    corrupted: int  # deliveries that are not what was sent
    foreign: int  # whole, but another run's: somebody else uses the topic

    @property
    def faults(self) -> dict[str, int]:
        """What must not happen, and did."""
        faults = ("lost", "duplicated", "reordered", "corrupted", "refused")
        counts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: counts[name] for name in faults if counts[name]}


class Ledger:
    """Written by three threads, each its own part: the schedule's (`send`), the producer's (`refuse`) and the
    consumer's (`deliver`). Times are nanoseconds of one monotonic clock; 0 is "never".
    """

    def __init__(self, run: bytes, count: int) -> None:
        self.due: Nanoseconds = np.zeros(count, np.int64)
        self.sent: Nanoseconds = np.zeros(count, np.int64)
        self.received: Nanoseconds = np.zeros(count, np.int64)
        self.sends = 0
        self.deliveries = 0  # of records not seen before
        self.errors: dict[int, Exception] = {}
        self._run = run
        self._latest = -1
        self._duplicated = self._reordered = self._corrupted = self._foreign = 0

    def send(self, sequence: int, due: int, now: int) -> None:
        """The record is about to be handed to the producer."""
        self.due[sequence] = due
        self.sent[sequence] = now
        self.sends += 1

    def refuse(self, sequence: int, error: Exception) -> None:
        """The producer could not deliver the record, or does not know that it did."""
        self.errors[sequence] = error

    def deliver(self, payload: bytes | None, now: int) -> None:
        """The application has been given this payload."""
        stamp = decode(payload)
        if stamp is None:
            self._corrupted += 1
        elif stamp.run != self._run:
            self._foreign += 1
        elif not self._is_as_sent(stamp.sequence, stamp.due):
            self._corrupted += 1
        elif self.received[stamp.sequence]:
            self._duplicated += 1
        else:
            self._reordered += stamp.sequence < self._latest
            self._latest = max(self._latest, stamp.sequence)
            self.received[stamp.sequence] = now
            self.deliveries += 1

    def _is_as_sent(self, sequence: int, due: int) -> bool:
        return 0 <= sequence < len(self.sent) and self.sent[sequence] != 0 and self.due[sequence] == due

    @property
    def settled(self) -> bool:
        """Nothing that was sent is still to come."""
        return self.deliveries == self.sends

    def account(self) -> Account:
        missing = (self.sent != 0) & (self.received == 0)
        refused = sum(bool(missing[sequence]) for sequence in tuple(self.errors))
        return Account(
            sent=self.sends,
            delivered=self.deliveries,
            refused=refused,
            lost=int(missing.sum()) - refused,
            duplicated=self._duplicated,
            reordered=self._reordered,
            corrupted=self._corrupted,
            foreign=self._foreign,
        )
