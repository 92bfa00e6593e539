"""Batches: RingBuffer holds the latest records, Batcher makes batches, ParallelBatchProcessor works on many at once."""

from .batcher import Batcher
from .parallel import BatchError, ParallelBatchProcessor
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
    "BatchError",
    "Batcher",
    "FixedSize",
    "LowLatency",
    "MegaBatch",
    "MemoryBased",
    "ParallelBatchProcessor",
    "RingBuffer",
    "RingView",
    "Strategy",
    "TimeWindow",
]
