"""What a record carries: who sent it, which one it is, when it was due, and a checksum over all of it.

checksum  uint32   CRC-32 of everything behind it
run       8 bytes  the sender's run id
sequence  int64    0, 1, 2, … in the order of the schedule
due       int64    intended send time, nanoseconds: of the sender's monotonic clock, or after the schedule's start
filler             random bytes from a seeded generator, which no codec can compress; or a line of the user's file
"""

import random
import struct
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from lz4 import frame

_CHECKSUM = struct.Struct("<I")
_STAMP = struct.Struct("<8sqq")
_POOL = 1 << 22  # far past the window of any codec, so that repeating it compresses nothing

MINIMUM_SIZE = _CHECKSUM.size + _STAMP.size
CORRUPTED: Final = -1  # in place of a sequence number: not what anybody sent
FOREIGN: Final = -2  # whole, but another run's


class Contents(Protocol):
    """The values of a run's records."""

    def encode(self, sequence: int, due: int) -> bytes:
        """The value of a record."""

    def identify(self, value: bytes | None) -> int:
        """Which record's value this is, byte for byte; or CORRUPTED, or FOREIGN."""


class Stamp(NamedTuple):
    run: bytes
    sequence: int
    due: int


class Payloads:
    """The payloads of one run, `size` bytes each; or as long as the given lines, which take turns, and the stamp.

    compressibility: the share of the filler that is zeros.
    """

    def __init__(
        self, run: bytes, size: int, seed: int, compressibility: float = 0.0, lines: Sequence[bytes] = ()
    ) -> None:
        if size < MINIMUM_SIZE:
            raise ValueError(f"a record needs at least {MINIMUM_SIZE} bytes, got {size}")
        self._run = run
        self._lines = lines
        self._zeros = bytes(round((size - MINIMUM_SIZE) * compressibility))
        self._random = size - MINIMUM_SIZE - len(self._zeros)
        pool = random.Random(seed).randbytes(_POOL)
        self._pool = pool + pool[: self._random] if self._random <= _POOL else pool * (self._random // _POOL + 2)

    def encode(self, sequence: int, due: int) -> bytes:
        body = _STAMP.pack(self._run, sequence, due) + self._filler(sequence)
        return _CHECKSUM.pack(zlib.crc32(body)) + body

    def _filler(self, sequence: int) -> bytes:
        if self._lines:
            return self._lines[sequence % len(self._lines)]
        start = sequence * self._random % _POOL
        return self._pool[start : start + self._random] + self._zeros

    def identify(self, payload: bytes | None) -> int:
        stamp = decode(payload)
        if stamp is None or stamp.sequence < 0:
            return CORRUPTED
        return stamp.sequence if stamp.run == self._run else FOREIGN


def lz4_share(contents: Contents) -> float:
    """What lz4 leaves of a batch of them: two at least, and 64 KiB, over which it looks back."""
    batch, sequence = b"", 0
    while sequence < 2 or len(batch) < 64 << 10:
        batch += contents.encode(sequence, 0)
        sequence += 1
    return len(frame.compress(batch)) / len(batch)


def decode(payload: bytes | None) -> Stamp | None:
    """Take a payload apart; None if it is not whole."""
    if payload is None or len(payload) < MINIMUM_SIZE:
        return None
    view = memoryview(payload)
    if zlib.crc32(view[_CHECKSUM.size :]) != _CHECKSUM.unpack_from(view)[0]:
        return None
    return Stamp._make(_STAMP.unpack_from(view, _CHECKSUM.size))
