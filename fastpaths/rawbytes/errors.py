"""What rawbytes raises when bytes are not what they should be."""

from ..errors import FastpathsError


class CorruptFrame(FastpathsError, ValueError):
    """Frame number `frame` (from 0), whose length begins at byte `offset`, goes beyond the end of its buffer."""

    def __init__(self, frame: int, offset: int, problem: str) -> None:
        super().__init__(frame, offset, problem)
        self.frame = frame
        self.offset = offset
        self.problem = problem

    def __str__(self) -> str:
        return f"frame {self.frame} at byte {self.offset}: {self.problem}"
