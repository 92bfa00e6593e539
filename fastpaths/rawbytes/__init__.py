"""Bytes as they come, without a Python object for each: sums of them."""

from .sums import byte_sum

__all__ = ["byte_sum"]
