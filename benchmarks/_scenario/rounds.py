"""The order of runs."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def rotated(items: Sequence[Item], runs: int) -> Iterator[tuple[int, Item]]:
    """Each of them once a round, with the round's number, every round beginning with another one."""
    for number in range(runs):
        first = number % len(items)
        for item in [*items[first:], *items[:first]]:
            yield number, item
