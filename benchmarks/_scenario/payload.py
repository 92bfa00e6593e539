"""What a record carries: who sent it, which one it is, when it was due, and a checksum over all of it.

checksum  uint32   CRC-32 of everything behind it
run       8 bytes  the sender's run id
sequence  int64    0, 1, 2, … in the order of the schedule
due       int64    intended send time, nanoseconds of the sender's monotonic clock
filler             random bytes from a seeded generator, which no codec can compress
"""

import random
import struct
import zlib
from typing import NamedTuple

_CHECKSUM = struct.Struct("<I")
_STAMP = struct.Struct("<8sqq")
_POOL = 1 << 22  # far past the window of any codec, so that repeating it compresses nothing

MINIMUM_SIZE = _CHECKSUM.size + _STAMP.size


class Stamp(NamedTuple):
    run: bytes
    sequence: int
    due: int


class Payloads:
    """The payloads of one run, `size` bytes each."""

    def __init__(self, run: bytes, size: int, seed: int) -> None:
        if size < MINIMUM_SIZE:
            raise ValueError(f"a record needs at least {MINIMUM_SIZE} bytes, got {size}")
        self._run = run
        self._filler = size - MINIMUM_SIZE
        pool = random.Random(seed).randbytes(_POOL)
        self._pool = pool + pool[: self._filler] if self._filler <= _POOL else pool * (self._filler // _POOL + 2)

    def encode(self, sequence: int, due: int) -> bytes:
        start = sequence * self._filler % _POOL
        body = _STAMP.pack(self._run, sequence, due) + self._pool[start : start + self._filler]
        return _CHECKSUM.pack(zlib.crc32(body)) + body


def decode(payload: bytes | None) -> Stamp | None:
    """Take a payload apart; None if it is not whole."""
    if payload is None or len(payload) < MINIMUM_SIZE:
        return None
    view = memoryview(payload)
    if zlib.crc32(view[_CHECKSUM.size :]) != _CHECKSUM.unpack_from(view)[0]:
        return None
    return Stamp._make(_STAMP.unpack_from(view, _CHECKSUM.size))
