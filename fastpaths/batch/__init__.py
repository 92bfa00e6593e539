"""Batches of records: RingBuffer holds the latest objects in memory that is allocated once."""

from .ring import RingBuffer
from .view import RingView

__all__ = ["RingBuffer", "RingView"]
