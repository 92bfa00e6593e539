"""The codecs of record batches, all of them through cramjam, which gives up the GIL while it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cramjam
import numpy as np

if TYPE_CHECKING:
    from typing_extensions import Buffer

CODECS: Final = (None, "gzip", "snappy", "lz4", "zstd")  # by their number in a batch's attributes

# What Java's clients put around Snappy: this and two int32 versions, then blocks, each behind its length as an int32.
XERIAL_MAGIC: Final = b"\x82SNAPPY\0"
XERIAL_HEADER: Final = XERIAL_MAGIC + bytes([0, 0, 0, 1, 0, 0, 0, 1])
XERIAL_BLOCK: Final = 32 << 10  # bytes before compression

USUAL_RATIO: Final = 16  # room is made for so much at first; what stays empty is given back

_INTO: Final = {
    "gzip": cramjam.gzip.decompress_into,
    "lz4": cramjam.lz4.decompress_into,
    "zstd": cramjam.zstd.decompress_into,
}


class DecompressionFailed(ValueError):
    """Bytes that are not what their codec makes, or too many when decompressed."""


def decompress(codec: int, data: memoryview, limit: int) -> Buffer:
    """At most `limit` bytes; DecompressionFailed names the limit where it may have been too small."""
    if CODECS[codec] == "snappy":
        return _decompress_snappy(data, limit)
    into = _INTO[CODECS[codec]]
    room = min(USUAL_RATIO * len(data) + 1024, limit)
    while True:
        out = np.empty(room, np.uint8)
        try:
            size = into(data, out)
        except cramjam.DecompressionError as error:
            if room < limit:  # as likely as not it lacked room; cramjam does not tell
                room = min(8 * room, limit)
                continue
            raise _failure(codec, len(data), limit, error) from None
        out.resize(size, refcheck=False)
        return out


def _decompress_snappy(data: memoryview, limit: int) -> Buffer:
    if data[:8] != XERIAL_MAGIC:
        blocks = [data]
    else:
        blocks = []
        at = len(XERIAL_HEADER)
        while at < len(data):
            size = int.from_bytes(data[at : at + 4], "big")
            if size > len(data) - at - 4:
                raise DecompressionFailed(f"expected a block of {size} bytes at byte {at + 4}, found {len(data)} in all")
            blocks.append(data[at + 4 : at + 4 + size])
            at += 4 + size
    try:
        sizes = [cramjam.snappy.decompress_raw_len(block) for block in blocks]
        if sum(sizes) > limit:
            raise _failure(2, len(data), limit, f"it says it has {sum(sizes)}")
        out = np.empty(sum(sizes), np.uint8)
        at = 0
        for block, size in zip(blocks, sizes, strict=True):
            cramjam.snappy.decompress_raw_into(block, out[at : at + size])
            at += size
    except cramjam.DecompressionError as error:
        raise _failure(2, len(data), limit, error) from None
    return out


def _failure(codec: int, size: int, limit: int, reason: object) -> DecompressionFailed:
    return DecompressionFailed(
        f"{size} bytes of {CODECS[codec]} cannot be decompressed to the {limit} bytes that max_decompressed_bytes leaves: "
        f"{reason}"
    )


def compress(name: str, data: memoryview) -> Buffer:
    """Compressed as Kafka's own clients do: lz4 in independent blocks, the only ones that Java reads; snappy framed."""
    if name == "gzip":
        return cramjam.gzip.compress(data)
    if name == "zstd":
        return cramjam.zstd.compress(data)
    if name == "lz4":
        compressor = cramjam.lz4.Compressor(level=1, content_checksum=False, block_linked=False)
        compressor.compress(data)
        return compressor.finish()
    parts = [XERIAL_HEADER]
    for start in range(0, len(data), XERIAL_BLOCK):
        block = bytes(cramjam.snappy.compress_raw(data[start : start + XERIAL_BLOCK]))
        parts += (len(block).to_bytes(4, "big"), block)
    return b"".join(parts)
