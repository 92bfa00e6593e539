"""What the codec raises when bytes are not what they should be."""

from __future__ import annotations

from kafka.errors import CorruptRecordError
from kafka.structs import TopicPartition

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


class CorruptPartition(CorruptRecordBatch):
    """What a consumer raises for it: where the batch lies, and how to go on."""

    def __init__(self, topic_partition: TopicPartition, error: CorruptRecordBatch) -> None:
        super().__init__(error.base_offset, error.position, error.problem, error.next_offset)
        self.topic_partition = topic_partition

    def __str__(self) -> str:
        if self.next_offset is None or self.next_offset <= self.base_offset:
            way_out = "seek() past it; its header does not tell how far it goes"
        else:
            way_out = f"consumer.seek({self.topic_partition}, {self.next_offset}) skips it"
        return f"{self.topic_partition}: {super().__str__()}. The position stays at it: {way_out}"
