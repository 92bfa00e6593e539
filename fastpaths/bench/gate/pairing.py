"""Paired measuring: two operations take turns of a millisecond on one core, in processes that are fresh every round.

What disturbs one slice disturbs its neighbour too, so the ratio of two adjacent slices keeps only what differs between
the operations. Fresh processes every round average over what a process draws once at its start: where its memory lies,
its hash seed (drawn anew every round, the same for both). The unit of evidence is the round, never the slice.
"""

from __future__ import annotations

import os
import random
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from .comparison import Evidence
from .contestant import About, Contender, Contestant
from .decision import Round
from .intervals import log_ratio

SLICE_NS = 1_000_000  # speed fluctuates on all scales from 0.4 to 5 ms alike: short slices give more pairs for the time
COLD_SLICE_NS = 5_000_000  # for an operation that lives in the caches which the other one has just used
COLD = 1.05  # after a switch such an operation's slice takes this many times what it takes on its own
PAIRS = 60
ROUND_NS = 300_000_000  # operations longer than a slice make fewer pairs, so that a round stays about this long,
LEAST_PAIRS = 5  # but not fewer than make a median
ALTERNATE_SLICE_NS = 20_000_000

Times = list[tuple[int, int]]  # wall and CPU nanoseconds of each slice
Slices = tuple[Times, Times]  # of A, of B


class Pair:
    """Two contenders and how they are measured; every call of `round` adds one round of evidence.

    same_loops: both run as many loops a slice as A was calibrated to (two versions of one case); otherwise each runs
        what fills a slice of its own (two cases).
    alternate: the two cannot share a core in slices (they use threads, processes, a broker): whole processes take turns
        on all cores instead.
    core: where both are pinned, with this process, while they take turns; None: not pinned.
    """

    def __init__(
        self,
        first: Contender,
        second: Contender,
        *,
        same_loops: bool,
        alternate: bool = False,
        core: int | None,
        timeout: float = 60,
    ) -> None:
        self._contenders = (first, second)
        self._same_loops, self._alternate, self._core, self._timeout = same_loops, alternate, core, timeout
        self.loops: tuple[int, int] | None = None  # a slice, of each; calibrated in the first round
        self.about: list[About | None] = [None, None]  # of each, once a round was measured
        self.pairs = 0

    def round(self, seed: int) -> Evidence:
        rng = random.Random(seed)
        environment = {
            "PYTHONHASHSEED": str(rng.randrange(2**32)),
            "FASTPATHS_HASH_SEED": str(rng.randrange(2**32)),
            "FASTPATHS_PADDING": "x" * rng.randrange(4096),  # moves the stack, as another user's environment would
        }
        measure = self._alternating if self._alternate else self._interleaved
        slices = measure(environment, rng)
        assert self.loops is not None
        per_call = [
            [(wall / loops / about.calls, cpu / loops / about.calls) for wall, cpu in side]
            for side, loops, about in zip(slices, self.loops, self.about, strict=True)
            if about is not None
        ]
        walls, cpus = ([[times[clock] for times in side] for side in per_call] for clock in (0, 1))
        ratio = _ratio_of_medians if self._alternate else log_ratio
        if min(map(min, cpus)) <= 0:  # an operation that only waits: wall time speaks for both clocks
            cpus = walls
        nanoseconds = statistics.median(walls[0]), statistics.median(walls[1])
        return Evidence(Round(ratio(*cpus), ratio(*walls)), nanoseconds, seed)

    def _interleaved(self, environment: Mapping[str, str], rng: random.Random) -> Slices:
        """Both processes at once, on one core, a slice of each in strict alternation."""
        with ExitStack() as stack:
            started = {
                side: stack.enter_context(Contestant(self._contenders[side], environment, self._timeout))
                for side in rng.sample((0, 1), 2)
            }
            both = (started[0], started[1])
            self.about = [contestant.ready() for contestant in both]
            with _pinned(self._core, [contestant.pid for contestant in both]):
                if self.loops is None:
                    self.loops, self.pairs = _calibrated(both, self._same_loops)
                slices: Slices = ([], [])
                order = rng.sample((0, 1), 2)
                for _ in range(1 + self.pairs):
                    for side in order:
                        slices[side].append(both[side].slice(self.loops[side]))
        return slices[0][1:], slices[1][1:]  # without the first of each: a warm-up

    def _alternating(self, environment: Mapping[str, str], rng: random.Random) -> Slices:
        """One process after the other, each on all cores and with nothing beside it."""
        if self.loops is None:
            loops = [self._alone(side, environment, None)[1] for side in (0, 1)]
            self.loops = (loops[0], loops[0] if self._same_loops else loops[1])
            self.pairs = _pairs(ALTERNATE_SLICE_NS)
        slices = {side: self._alone(side, environment, self.loops[side])[0] for side in rng.sample((0, 1), 2)}
        return slices[0], slices[1]

    def _alone(self, side: int, environment: Mapping[str, str], loops: int | None) -> tuple[Times, int]:
        with Contestant(self._contenders[side], environment, self._timeout) as contestant:
            self.about[side] = contestant.ready()
            if loops is None:
                return [], loops_for(contestant, ALTERNATE_SLICE_NS)
            contestant.slice(loops)
            return [contestant.slice(loops) for _ in range(self.pairs)], loops


def _calibrated(both: tuple[Contestant, Contestant], same_loops: bool) -> tuple[tuple[int, int], int]:
    """Loops a slice for each, and how many pairs of slices make a round."""
    slice_ns = SLICE_NS
    loops = _loops_for_both(both, slice_ns, same_loops)
    alone = statistics.median(both[0].slice(loops[0])[0] for _ in range(10))
    in_turns = statistics.median(both[0].slice(loops[0])[0] for _ in range(10) if both[1].slice(loops[1]))
    if in_turns > COLD * alone:
        slice_ns = COLD_SLICE_NS
        loops = _loops_for_both(both, slice_ns, same_loops)
    return loops, _pairs(max(slice_ns, alone if loops[0] == 1 else 0))


def _loops_for_both(both: tuple[Contestant, Contestant], slice_ns: int, same_loops: bool) -> tuple[int, int]:
    first = loops_for(both[0], slice_ns)
    return first, first if same_loops else loops_for(both[1], slice_ns)


def loops_for(contestant: Contestant, slice_ns: int) -> int:
    """How many loops take about `slice_ns`; 1 where a single one takes longer."""
    loops = 1
    while (wall := statistics.median(contestant.slice(loops)[0] for _ in range(5))) < slice_ns / 2:
        loops *= 2 if wall > slice_ns / 16 else 8
    return max(1, round(loops * slice_ns / wall))


def _pairs(slice_ns: float) -> int:
    return max(LEAST_PAIRS, min(PAIRS, int(ROUND_NS / (2 * slice_ns))))


def _ratio_of_medians(a: Sequence[float], b: Sequence[float]) -> float:
    return log_ratio([statistics.median(a)], [statistics.median(b)])


def last_core() -> int | None:
    """Of those this process may use, since interrupts tend to go to the first; None where nothing can be pinned."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else None


@contextmanager
def _pinned(core: int | None, processes: Sequence[int]) -> Iterator[None]:
    """Keep these processes on one core for good, and this one for as long as the block lasts."""
    if core is None:
        yield
        return
    for process in processes:
        os.sched_setaffinity(process, {core})
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
