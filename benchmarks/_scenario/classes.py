"""The classes that the original systems put their results into, so that ours can be read beside theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Classes:
    """bounds: of each class, the best one first: at least so much, or where less is better, less than that."""

    unit: str
    bounds: Mapping[str, float]
    less: bool = False

    def __str__(self) -> str:
        word = "below" if self.less else "from"
        told = (f"{name} {word} {bound:,g}{f' {self.unit}' * (n == 0)}" for n, (name, bound) in enumerate(self._all))
        return f"The original's classes: {', '.join(told)}."

    def tell(self, figure: float) -> str:
        """The class of a figure, and how many times the best one's bound it is."""
        reached = (name for name, bound in self._all if (figure < bound if self.less else figure >= bound))
        best = self._all[0][1]
        return f"{next(reached, 'none of them')}, {figure / best:.3g} times {best:,g}"

    @property
    def _all(self) -> list[tuple[str, float]]:
        return list(self.bounds.items())


def rates(**bounds: float) -> Classes:
    return Classes("records/s", bounds)
