"""Values that are JSON objects, each a function of its record's number: what arrives is compared byte for byte."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from _scenario.payload import CORRUPTED, FOREIGN

COMPACT = json.JSONEncoder(separators=(",", ":"))


Make = Callable[[int, str], dict[str, Any]]
Identity = Callable[[dict[str, Any]], tuple[int, str]]


def by_id(found: dict[str, Any]) -> tuple[int, str]:
    return found["id"], found["run"]


class JsonValues:
    """make(sequence, run): an object that has both somewhere. identity(object): where, as (sequence, run)."""

    def __init__(self, run: bytes, make: Make, identity: Identity = by_id) -> None:
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


@dataclass(frozen=True)
class JsonContents:
    """Of a scenario whose objects depend on nothing but their numbers."""

    make: Make
    identity: Identity = by_id

    def __call__(self, run: bytes, load: Any) -> JsonValues:
        return JsonValues(run, self.make, self.identity)

    @property
    def size(self) -> int:
        """Bytes of a value, a digit more or less: what MiB/s are told by."""
        return len(JsonValues(bytes(8), self.make).encode(10**5, 0))
