"""What came of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    open_loop: bool = True  # else nothing was due, and response times are service times
    timed: bool = True  # else they are but of records that waited in the producer's queue
    nanoseconds: int = 0  # what it took; 0: from the first intended send time to the last arrival
    counted: int = 0  # the records of that time; 0: all that arrived
    cpu_seconds: float = 0.0  # of all processes that did the work
    errors: tuple[str, ...] = ()  # of the producer
    stages: Mapping[str, Latencies] = field(default_factory=dict)  # what happened in between, from `due` on

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
        """What it took. From the first record's intended send time to the last arrival, where nobody has clocked it."""
        return (self.nanoseconds or int(self.received.max() - self.due.min())) / SECOND

    @property
    def rate(self) -> float:
        """Records a second."""
        return (self.counted or len(self.received)) / self.seconds

    def statistics(self) -> dict[str, float]:
        """Of the response times, if they tell anything; and `throughput`: seconds a record. Empty without arrivals."""
        if not len(self.received):
            return {}
        return {**(self.response.statistics() if self.timed else {}), "throughput": 1 / self.rate}
