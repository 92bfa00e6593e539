"""The codecs of record batches: cramjam's, and for lz4 the lz4 package, which is faster both ways.
Both give up the GIL while they work.
"""

from __future__ import annotations

from typing import Any, Final

import cramjam
import lz4.frame
import numpy as np

CODECS: Final = (None, "gzip", "snappy", "lz4", "zstd")  # by their number in a batch's attributes

# What Java's clients put around Snappy: a name and two int32 versions, then blocks, each behind its length as an int32.
XERIAL_NAME: Final = b"\x82SNAPPY\0"
XERIAL_HEADER: Final = XERIAL_NAME + bytes([0, 0, 0, 1, 0, 0, 0, 1])
XERIAL_BLOCK: Final = 32 << 10  # bytes before compression

_INTO: Final = {
    "gzip": cramjam.gzip.decompress_into,
    "zstd": cramjam.zstd.decompress_into,
}

SPARE: Final = 1.1  # of the room that is made; what stays empty is given back
MORE: Final = 8  # times the room, where it was too little
MOST_USUAL: Final = 64.0  # one batch of zeros must not cost those behind it all of the limit

# How many times as long a batch usually is when it is decompressed.
_usual = dict.fromkeys(("gzip", "lz4", "zstd"), 16.0)


class DecompressionFailed(ValueError):
    """Bytes that are not what their codec makes, or too many when decompressed."""


def decompress(codec: str, data: memoryview, limit: int) -> Any:
    """A buffer of at most `limit` bytes. The error names the limit, which may have been too low."""
    try:
        if codec == "snappy":
            return _decompress_snappy(data, limit)
        if codec == "lz4":
            return _decompress_lz4(data, limit)
        return _decompress_into(codec, data, limit)
    except (cramjam.DecompressionError, RuntimeError, ValueError) as error:  # RuntimeError: lz4's
        raise DecompressionFailed(
            f"expected {codec} of at most {limit} bytes, which max_decompressed_bytes leaves; found {error}"
        ) from None


def _decompress_into(codec: str, data: memoryview, limit: int) -> Any:
    room = min(_usual_room(codec, len(data)), limit)
    while True:
        out: Any = np.empty(room, np.uint8)
        try:
            size = _INTO[codec](data, out)
        except cramjam.DecompressionError:
            if room == limit:
                raise
            room = min(MORE * room, limit)  # perhaps it lacked room: cramjam does not tell
        else:
            _remember(codec, len(data), size)
            out.resize(size, refcheck=False)
            return out


def _decompress_lz4(data: memoryview, limit: int) -> bytes:
    """One frame, in as many parts as it takes: where there was too little room the decoder goes on."""
    context = lz4.frame.create_decompression_context()
    length, room, size = len(data), _usual_room("lz4", len(data)), 0
    parts, ended = [], False
    while not ended:
        part, read, ended = lz4.frame.decompress_chunk(context, data, max_length=min(room, limit + 1 - size))
        size += len(part)
        if size > limit:
            raise ValueError("more bytes")
        if not (part or read or ended):
            raise ValueError(f"a frame that goes on after {length} bytes")
        parts.append(part)
        data = data[read:]
        room *= MORE
    _remember("lz4", length, size)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _usual_room(codec: str, length: int) -> int:
    return int(SPARE * _usual[codec] * length) + 1024


def _remember(codec: str, length: int, size: int) -> None:
    _usual[codec] = min(max(size / max(length, 1), 0.9 * _usual[codec]), MOST_USUAL)


def _decompress_snappy(data: memoryview, limit: int) -> Any:
    blocks = [data]
    if bytes(data[:8]) == XERIAL_NAME:
        blocks = []
        start = len(XERIAL_HEADER)
        if start > len(data):
            raise ValueError(f"{len(data)} bytes of a header of {start}")
        while start < len(data):
            stop = start + 4 + int.from_bytes(data[start : start + 4], "big")
            if stop > len(data):
                raise ValueError(f"a block of {stop - start - 4} bytes at byte {start + 4} of {len(data)}")
            blocks.append(data[start + 4 : stop])
            start = stop
    sizes = [cramjam.snappy.decompress_raw_len(block) for block in blocks]
    if sum(sizes) > limit:
        raise ValueError(f"blocks of {sum(sizes)} bytes")
    out: Any = np.empty(sum(sizes), np.uint8)
    start = 0
    for block, size in zip(blocks, sizes, strict=True):
        cramjam.snappy.decompress_raw_into(block, out[start : start + size])
        start += size
    return out


def compress(codec: str, data: memoryview) -> Any:
    """A buffer, as Java's clients make it: lz4 in independent blocks, for they read no others; snappy in blocks."""
    if codec == "gzip":
        return cramjam.gzip.compress(data, level=6)
    if codec == "zstd":
        return cramjam.zstd.compress(data)
    if codec == "lz4":
        return lz4.frame.compress(data, block_linked=False, store_size=False)
    parts = [XERIAL_HEADER]
    for start in range(0, len(data), XERIAL_BLOCK):
        block = bytes(cramjam.snappy.compress_raw(data[start : start + XERIAL_BLOCK]))
        parts += (len(block).to_bytes(4, "big"), block)
    return b"".join(parts)
