"""Bytes as they come, without a Python object for each: sums, scans, and parts found in a buffer.

Every function but `varint` takes any contiguous buffer, or a BinaryColumn, of which every value is read as such a
buffer and a null has no bytes. What is found many times in each value of a column comes as (found, offsets): that of
value i is found[offsets[i] : offsets[i + 1]], a list column's layout in Arrow.
"""

from .errors import CorruptFrame, CorruptVarint, PoolExhausted
from .framing import frames
from .pool import BufferPool, PooledBuffer
from .scanning import count, positions
from .splitting import split
from .sums import byte_sum
from .varints import varint, varints

__all__ = [
    "BufferPool",
    "CorruptFrame",
    "CorruptVarint",
    "PoolExhausted",
    "PooledBuffer",
    "byte_sum",
    "count",
    "frames",
    "positions",
    "split",
    "varint",
    "varints",
]
