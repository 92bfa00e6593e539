"""Batches of records: RingBuffer holds the latest ones, Batcher makes batches as a strategy says."""

from .batcher import Batcher
from .ring import RingBuffer
from .strategies import (
    AdaptiveSize,
    BatchConfig,
    FixedSize,
    LowLatency,
    MegaBatch,
    MemoryBased,
    Strategy,
    TimeWindow,
)
from .view import RingView

__all__ = [
    "AdaptiveSize",
    "BatchConfig",
    "Batcher",
    "FixedSize",
    "LowLatency",
    "MegaBatch",
    "MemoryBased",
    "RingBuffer",
    "RingView",
    "Strategy",
    "TimeWindow",
]
