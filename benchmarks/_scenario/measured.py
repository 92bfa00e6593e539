"""What came of a run."""

from dataclasses import dataclass

from _scenario.accounting import Account, Nanoseconds
from _scenario.latencies import Latencies
from _scenario.schedule import SECOND


@dataclass(frozen=True)
class Measured:
    """What became of a run. Times of the records after the warm-up, as far as they arrived, in nanoseconds."""

    account: Account
    due: Nanoseconds
    sent: Nanoseconds
    received: Nanoseconds
    began: float  # seconds since the epoch
    stopped: str | None = None  # why it ended early
    interrupted: bool = False  # by the user

    @property
    def complete(self) -> bool:
        return self.stopped is None

    @property
    def sound(self) -> bool:
        """Every record that was sent arrived once, whole and in order, and nothing but the user ended it early."""
        return (self.complete or self.interrupted) and not self.account.faults

    @property
    def response(self) -> Latencies:
        """From the intended send time."""
        return Latencies(self.received - self.due)

    @property
    def service(self) -> Latencies:
        """From the actual send."""
        return Latencies(self.received - self.sent)

    @property
    def delay(self) -> Latencies:
        """From the intended to the actual send."""
        return Latencies(self.sent - self.due)

    @property
    def seconds(self) -> float:
        """From the first record's intended send time to the last arrival."""
        return float(self.received.max() - self.due.min()) / SECOND

    def statistics(self) -> dict[str, float]:
        """Of the response times, and `throughput`: seconds a record. All in seconds, empty where nothing arrived."""
        if not len(self.received):
            return {}
        return {**self.response.statistics(), "throughput": self.seconds / len(self.received)}
