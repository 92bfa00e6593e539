"""How long a run has brought nothing: when to ask whether its broker is there, and when to wait no more."""

import time

from _scenario.probe import NoBroker, Target, probe

TIMEOUT = 10.0  # seconds without any delivery that end a run
SUSPICIOUS = 2.0  # seconds without any delivery after which the broker is asked whether it is there


class Silence:
    def __init__(self, target: Target) -> None:
        self._target = target
        self.broken()

    def broken(self) -> None:
        """Something has come."""
        self._since = self._asked = time.monotonic()

    @property
    def is_over_long(self) -> bool:
        return time.monotonic() - self._since > TIMEOUT

    def problem(self) -> str | None:
        """That the broker no longer answers, where it was time to ask and it does not."""
        if time.monotonic() - self._asked > SUSPICIOUS:
            self._asked = time.monotonic()
            try:
                probe(self._target.bootstrap_servers, self._target.properties)
            except NoBroker as reason:
                return f"the broker no longer answers: {reason}"
        return None
