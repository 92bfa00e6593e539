"""A function over many batches at once, on any concurrent.futures executor: in order, and so many at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from ..errors import FastpathsError

B = TypeVar("B")
R = TypeVar("R")


class BatchError(FastpathsError, RuntimeError):
    """Batch number `index` (from 0) failed; what was raised is the __cause__.

    Which batch made a worker process die, an executor does not know: it gives up all that are in flight. Then `index`
    is the first of those.
    """

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(index, problem)
        self.index = index
        self.problem = problem

    def __str__(self) -> str:
        return f"batch {self.index}: {self.problem}"


class ParallelBatchProcessor(Generic[B, R]):
    """Calls function(batch) for many batches at once.

    executor: any concurrent.futures.Executor, which you made and will shut down: threads for functions that release the
        GIL, processes (function, batches and results are pickled), or Dask's `client.get_executor()`.
    workers: without an executor, the number of threads of its own (default: one a CPU).
    in_flight: the number of batches that are read from the input and whose results are not handed out yet. Bounds the
        memory; default: twice the workers, or twice the CPUs with an executor of yours.

    A context manager: leaving it is close().
    """

    def __init__(
        self,
        function: Callable[[B], R],
        executor: Executor | None = None,
        workers: int | None = None,
        in_flight: int | None = None,
    ) -> None:
        if not callable(function):
            raise TypeError(f"ParallelBatchProcessor: function must be callable, got {function!r}")
        if executor is not None and workers is not None:
            raise ValueError(f"ParallelBatchProcessor: an executor has its own workers; got workers={workers} as well")
        for name, count in (("workers", workers), ("in_flight", in_flight)):
            if count is not None and count < 1:
                raise ValueError(f"ParallelBatchProcessor: {name} must be at least 1, got {count}")
        workers = workers or getattr(os, "process_cpu_count", os.cpu_count)() or 1
        self.function = function
        self.in_flight = in_flight or 2 * workers
        self._own = ThreadPoolExecutor(workers, thread_name_prefix="fastpaths-batch") if executor is None else None
        self._executor: Executor | None = executor or self._own

    def map(self, batches: Iterable[B]) -> Generator[R, None, None]:
        """The results for `batches`, in their order. The input is read as the results are asked for.

        A function that fails raises BatchError in place of its result, and an input that fails its own error after the
        results of what it gave before; either ends the iteration. Ending it, by an error, by close() or by letting go
        of it, cancels the batches that have not begun and does not wait for those that have.
        """
        if self._executor is None:
            raise RuntimeError("ParallelBatchProcessor: it is closed")
        return self._results(iter(batches))

    def _results(self, batches: Iterator[B]) -> Generator[R, None, None]:
        flight: deque[Future[R]] = deque()
        failure: list[Exception] = []
        handed_out = 0
        try:
            for batch in _until_failure(batches, failure):
                flight.append(self._submit(batch))
                while flight and (len(flight) == self.in_flight or flight[0].done()):
                    yield _result(flight.popleft(), handed_out)
                    handed_out += 1
            while flight:
                yield _result(flight.popleft(), handed_out)
                handed_out += 1
            if failure:
                raise failure.pop()
        finally:
            for future in flight:
                future.cancel()

    def _submit(self, batch: B) -> Future[R]:
        """A failure to submit shows when it is the batch's turn: the results before it are still to come."""
        try:
            if self._executor is None:
                raise RuntimeError("ParallelBatchProcessor: it was closed before all batches were processed")
            return self._executor.submit(self.function, batch)
        except Exception as error:
            failed: Future[R] = Future()
            failed.set_exception(error)
            return failed

    def close(self) -> None:
        """Take no more batches. Threads of its own end: what they have begun is waited for, the rest is cancelled."""
        self._executor = None
        if self._own is not None:
            self._own.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> ParallelBatchProcessor[B, R]:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _until_failure(batches: Iterator[B], failure: list[Exception]) -> Iterator[B]:
    try:
        yield from batches
    except Exception as error:
        failure.append(error)


def _result(future: Future[R], index: int) -> R:
    error: BaseException | None
    try:
        error = future.exception()
    except CancelledError as cancelled:
        error = cancelled
    if error is not None:
        doubt = " (or a batch in flight after it)" if isinstance(error, BrokenExecutor) else ""
        raise BatchError(index, f"{type(error).__name__}: {error}{doubt}") from error
    return future.result()
