from collections.abc import Callable
from typing import Any

def time_loops(
    function: Callable[..., object],
    arguments: tuple[Any, ...],
    loops: int,
    *,
    each: bool = False,
    reset: Callable[[], object] | None = None,
    gc: bool = False,
) -> tuple[int, int]: ...
