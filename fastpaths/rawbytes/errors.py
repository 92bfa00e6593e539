"""What rawbytes raises."""

from ..errors import FastpathsError


class CorruptFrame(FastpathsError, ValueError):
    """Frame number `frame` (from 0), whose length begins at byte `offset`, goes beyond the end of its buffer.

    value: of a BinaryColumn, which of its values that buffer is; else None.
    """

    def __init__(self, frame: int, offset: int, problem: str, value: int | None = None) -> None:
        super().__init__(frame, offset, problem, value)
        self.frame = frame
        self.offset = offset
        self.problem = problem
        self.value = value

    def __str__(self) -> str:
        return f"{_inside(self.value)}frame {self.frame} at byte {self.offset}: {self.problem}"


class CorruptVarint(FastpathsError, ValueError):
    """The varint that begins at byte `offset` is cut short, longer than 10 bytes, or more than 64 bits.

    value: of a BinaryColumn, in which of its values; else None.
    """

    def __init__(self, offset: int, problem: str, value: int | None = None) -> None:
        super().__init__(offset, problem, value)
        self.offset = offset
        self.problem = problem
        self.value = value

    def __str__(self) -> str:
        return f"{_inside(self.value)}varint at byte {self.offset}: {self.problem}"


class PoolExhausted(FastpathsError, TimeoutError):
    """All buffers of a pool are borrowed, and in the time allowed none was returned."""


def _inside(value: int | None) -> str:
    return "" if value is None else f"value {value}, "
