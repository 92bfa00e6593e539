"""Bytes as they come, without a Python object for each: sums, and frames split from a buffer."""

from .errors import CorruptFrame
from .framing import frames
from .sums import byte_sum

__all__ = ["CorruptFrame", "byte_sum", "frames"]
