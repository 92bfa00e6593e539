"""What the codec raises when bytes are not what they should be."""

from __future__ import annotations

from kafka.errors import CorruptRecordError

from fastpaths.errors import FastpathsError


class CorruptRecordBatch(FastpathsError, CorruptRecordError, ValueError):  # type: ignore[misc]  # kafka-python is untyped
    """The record batch that begins at byte `position` of its buffer is not what it should be.

    base_offset: the offset of its first record. next_offset: the one to seek to in order to skip the batch; None where
    its header does not tell. Both are what the batch says of itself, and may be as wrong as the rest of it.
    """

    def __init__(self, base_offset: int, position: int, problem: str, next_offset: int | None = None) -> None:
        super().__init__(base_offset, position, problem, next_offset)
        self.base_offset = base_offset
        self.position = position
        self.problem = problem
        self.next_offset = next_offset

    def __str__(self) -> str:
        return f"record batch of base offset {self.base_offset} at byte {self.position}: {self.problem}"
