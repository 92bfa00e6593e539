from collections.abc import Callable
from typing import Any, TypeVar

R = TypeVar("R")

def count_allocations(function: Callable[..., R], arguments: tuple[Any, ...]) -> tuple[R, int]: ...
