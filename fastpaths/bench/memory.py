"""What a case's operation asks of memory: exact, and the same every time, since it is counted and not sampled.

tracemalloc sees what comes from Python's allocators, numpy's arrays and the tables of fastpaths among it. It does not
see what a library takes from the system by itself (polars, DuckDB): that is in the RSS and USS of a profile.
"""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import dataclass

from .allocations import count_allocations
from .case import Case, Op


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes of one operation on `items`, and allocations.

    set_up: what the set-up holds, inputs and all.
    kept: what the operation leaves behind: its result, and what it put into what was there.
    peak: the most that the operation needs at a time, beyond what the set-up holds.
    allocations: how often the operation asks for memory.
    """

    set_up: int
    kept: int
    peak: int
    allocations: int
    items: int

    @property
    def held_an_item(self) -> float:
        return (self.set_up + self.kept) / self.items


def footprint(case: Case) -> Footprint:
    """Set the case up and run its operation: warm, counted, and traced."""
    with case.make() as op:
        _reset(op)
        _run(op)
        _reset(op)
        _, allocations = count_allocations(_run, (op,))
    del op
    gc.collect()
    tracemalloc.start()
    try:
        with case.make() as op:  # once more: what the first set-up imported is not the case's data
            op.expected = None  # of the check, not of the case
            _reset(op)
            gc.collect()
            set_up, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            result = _run(op)
            _, peak = tracemalloc.get_traced_memory()
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
            del result
            items = op.items * op.calls
    finally:
        tracemalloc.stop()
    return Footprint(set_up, max(0, after - set_up), max(0, peak - set_up), allocations, items)


def _reset(op: Op) -> None:
    if op.reset is not None:
        op.reset()


def _run(op: Op) -> object:
    """The operation and nothing else; its result lives on, of an Op.each that of the last call."""
    if not op.each_argument:
        return op.function(*op.arguments)
    result = None
    for argument in op.arguments:
        result = op.function(argument)
    return result
