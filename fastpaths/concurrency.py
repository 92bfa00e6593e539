"""A limit on how many operations run at once that moves with how well they go."""

from __future__ import annotations

import math
from types import TracebackType

import anyio


class AdaptiveConcurrency:
    """An async context manager that lets in a number of tasks at once, more while their operations go well.

        concurrency = AdaptiveConcurrency()

        async def send(message):
            async with concurrency:
                await client.send(message)

    After every `window` operations: one more at once if more than `grow_above` of them succeeded, one fewer if less
    than `shrink_below` did, or if they are slow.

    start, least, limit: how many at once in the beginning, at least, at most.
    grow_above, shrink_below: shares of 1.
    target_latency: seconds; a window is slow if the `quantile` (0.5: the median) of its successful operations took
        longer. None: however long they take.

    An operation that raises an Exception has failed. One that is cancelled, or ended by another BaseException, has
    neither failed nor succeeded, and is in no window. A timeout inside counts as what it makes of the operation: a
    failure, if it raises (`fail_after`). The time waited to be let in is not part of a latency.

    It runs on asyncio and trio, by anyio's CapacityLimiter: first come, first served. A task that is inside cannot
    enter again (RuntimeError).
    """

    def __init__(
        self,
        start: int = 5,
        limit: int = 20,
        window: int = 1000,
        *,
        least: int = 5,
        grow_above: float = 0.95,
        shrink_below: float = 0.85,
        target_latency: float | None = None,
        quantile: float = 0.5,
    ) -> None:
        if not 1 <= least <= start <= limit:
            raise ValueError(
                f"AdaptiveConcurrency: 1 <= least <= start <= limit must hold, got {least}, {start}, {limit}"
            )
        if window < 1:
            raise ValueError(f"AdaptiveConcurrency: window must be at least 1 operation, got {window}")
        if not 0 <= shrink_below <= grow_above <= 1:
            raise ValueError(
                "AdaptiveConcurrency: 0 <= shrink_below <= grow_above <= 1 must hold, "
                f"got {shrink_below} and {grow_above}"
            )
        if target_latency is not None and not target_latency > 0:
            raise ValueError(f"AdaptiveConcurrency: target_latency must be above 0 seconds, got {target_latency}")
        if not 0 < quantile <= 1:
            raise ValueError(f"AdaptiveConcurrency: quantile must be above 0 and at most 1, got {quantile}")
        self.least = least
        self.limit = limit
        self.window = window
        self.grow_above = grow_above
        self.shrink_below = shrink_below
        self.target_latency = target_latency
        self.quantile = quantile
        self._limiter = anyio.CapacityLimiter(start)
        self._entered: dict[int, float] = {}  # id of each task inside -> when it was let in
        self._failures = 0  # of this window
        self._latencies: list[float] = []  # of its successes

    @property
    def current(self) -> int:
        """How many may be inside now."""
        return int(self._limiter.total_tokens)

    @property
    def running(self) -> int:
        """How many are inside."""
        return self._limiter.borrowed_tokens

    async def __aenter__(self) -> None:
        await self._limiter.acquire()
        self._entered[anyio.get_current_task().id] = anyio.current_time()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        latency = anyio.current_time() - self._entered.pop(anyio.get_current_task().id)
        if error is None:
            self._latencies.append(latency)
        elif isinstance(error, Exception):
            self._failures += 1
        if self._failures + len(self._latencies) == self.window:
            self._adjust()  # before the release, which lets the next one in
        self._limiter.release()

    def _adjust(self) -> None:
        share = len(self._latencies) / self.window
        if share < self.shrink_below or self._is_slow():
            self._limiter.total_tokens = max(self.current - 1, self.least)
        elif share > self.grow_above:
            self._limiter.total_tokens = min(self.current + 1, self.limit)
        self._failures = 0
        self._latencies.clear()

    def _is_slow(self) -> bool:
        if self.target_latency is None or not self._latencies:
            return False
        place = math.ceil(self.quantile * len(self._latencies)) - 1
        return sorted(self._latencies)[place] > self.target_latency
