"""Values that are JSON objects, each a function of its record's number: what arrives is compared byte for byte."""

import json
from collections.abc import Callable
from typing import Any

from _scenario.payload import CORRUPTED, FOREIGN

COMPACT = json.JSONEncoder(separators=(",", ":"))


class JsonValues:
    """make(sequence, run): an object that has both somewhere. identity(object): where, as (sequence, run)."""

    def __init__(
        self,
        run: bytes,
        make: Callable[[int, str], dict[str, Any]],
        identity: Callable[[dict[str, Any]], tuple[int, str]] = lambda found: (found["id"], found["run"]),
    ) -> None:
        self._run = run.hex()
        self._make = make
        self._identity = identity

    def encode(self, sequence: int, due: int) -> bytes:
        return COMPACT.encode(self._make(sequence, self._run)).encode()

    def identify(self, value: bytes | None) -> int:
        try:
            sequence, run = self._identity(json.loads(value or b""))
        except (ValueError, LookupError, TypeError):
            return CORRUPTED
        if run != self._run:
            return FOREIGN
        if not isinstance(sequence, int) or sequence < 0 or self.encode(sequence, 0) != value:
            return CORRUPTED
        return sequence
