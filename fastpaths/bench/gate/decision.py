"""The gate: how many rounds of A against B to measure, and the verdict that they end in.

After each look (8, 10, 12, 15, 20, … rounds) the rule of `verdict.judge` is asked; `unchanged` ends the case. A change
counts once a repeat of fresh rounds shows it: they alone its direction, and all rounds together still the rule. If
together they come to say unchanged, that is the verdict; if neither within the budget, it is inconclusive.

How often that is wrong, by simulation (tests/bench/gate/test_gate_errors.py prints this; 10,000 cases a cell; percent
of the cases). B is slower by a part of the tolerance. Rounds include the repeat; open: inconclusive, missed: unchanged.

                                 not at all               by 1/4       by 0.6             by all of it
    tolerance, sd of a round        alarms   open   rounds   regressed  regressed  rounds  regressed  missed  rounds
      5%  normal         1.0%         0.00    0.0      8.0          0.1       98.8    16.1     100.00    0.00    16.0
      5%  normal         1.5%         0.00    0.0      8.1          0.7       92.6    17.3     100.00    0.00    16.1
      5%  heavy-tailed   1.5%         0.00    0.0      9.5          0.9       87.8    20.6     100.00    0.00    17.7
      5%  drifting       1.5%         0.00    0.0      8.4          3.3       83.1    17.1      99.96    0.04    16.2
      5%  normal         3.0%         0.01    0.0     12.8          1.9       77.1    28.4      99.87    0.13    20.6
      5%  heavy-tailed   3.0%         0.00    0.2     17.1          1.7       69.7    36.7      99.63    0.26    26.4
      5%  drifting       3.0%         0.32    0.0     15.4          6.0       63.1    27.7      98.07    1.93    22.4
      2%  normal         1.0%         0.00    0.0     10.5          0.4       80.0    33.5      99.97    0.03    24.4
      2%  normal         1.5%         0.00    0.0     16.4          0.2       46.1    46.3      99.27    0.36    35.6
      2%  heavy-tailed   1.5%         0.00    2.0     22.5          0.1       20.8    50.5      90.14    0.42    45.9
      2%  drifting       1.5%         0.06    0.9     20.6          1.4       32.5    41.1      91.77    3.42    38.6

Real rounds of reference.py on a busy two-core machine (34 each of four operations: sd 0.2 to 2.1 % and heavy tails, no
drift), resampled 3,000 times: no alarm; of slowdowns of 5 % at least 99.9 % caught; of 3 %, which read as 2.5 to 3.0 %,
71 % (allocation) to 99 % caught, with a threshold of 0.5 δ 50 to 96 %.

Compared, on the same simulations at 5 % (quiet: drifting 1.5 %; loud: heavy-tailed 3 %):

- threshold 0.5 δ, not 0.4: 70 % (quiet) and 61 % (loud) of slowdowns by 0.6 caught, not 83 and 70
- no repeat: 0.5 % alarms (quiet), not 0.0; slowdowns by 1/4 called regressed in 11 %, not 3
- a repeat that must satisfy the whole rule alone: 71 and 57 % of slowdowns by 0.6 caught
- a look after every round: 5 to 17 % fewer rounds, 2 to 5 points fewer of those caught; looks after 10, 20, 40: 3 to 8
  points more, for 34 to 42 % more rounds
- tolerance 2 %, 60 cases: with no level divided by their number 0.5 % alarms (drifting); with that of every look, up to
  29 % of the unchanged cases open; with that of the repeat, as here, 0.1 % and 2 %
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..errors import BenchError
from .intervals import Interval, process_ratio, trimmed_mean
from .verdict import Verdict, describe, grounds, judge, percent

LOOKS: Final = (8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200)
LEVEL: Final = 0.005  # one-sided, for a case
LOOK_LEVEL: Final = LEVEL / 3  # for each look: they share rounds, so seven of them err about three times as often
STRICT_BELOW: Final = 0.03  # the tolerance under which false alarms are frequent enough to add up over many cases
CLOCKS: Final = {"cpu": "CPU time", "wall": "wall time"}


class Round(NamedTuple):
    """log(B/A) of one round, by the CPU time of the process, of all its threads, and by the clock on the wall."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What may be said now, and why. Until it is `final`, `verdict` is what stands if measuring stops here.

    found: what the rule says of `interval`; a change that is not repeated yet is found and no verdict.
    needs_repeat: that is the case, and the next round belongs to the repeat.
    interval: log(B/A) over all that was weighed, each bound wrong with probability `level`; None before the first look.
    repeat: log(B/A) over the fresh rounds alone; None without any.
    rounds, fresh: how many were weighed, of the first and of the repeat.
    wall_excess: what B loses by wall time beyond its CPU time (log scale), where that is more than the tolerance.
    reason: all this in words.
    """

    verdict: Verdict
    final: bool
    reason: str
    found: Verdict = Verdict.INCONCLUSIVE
    needs_repeat: bool = False
    interval: Interval | None = None
    level: float = LOOK_LEVEL
    repeat: Interval | None = None
    rounds: int = 0
    fresh: int = 0
    wall_excess: float | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """Decides one case after another. It keeps nothing of them, so saved rounds lead to the same decision again.

        while not (decision := gate.decide(first, repeat)).final:
            (repeat if decision.needs_repeat else first).append(measure())

    A repeat may wait until the other cases are measured, and had better: a passing disturbance is over by then.

    tolerance: the smallest slowdown that must be caught, as a fraction.
    budget: rounds at most, and as many again for a repeat.
    cases: how many are decided in one run.
    clock: which ratio of a round decides. With "cpu", wall time that tells another story stands in the way of
        `unchanged`: CPU time shows neither waiting nor the work of other processes.
    """

    tolerance: float = 0.05
    budget: int = 40
    cases: int = 1
    clock: str = "cpu"

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < 1:
            raise ValueError(f"tolerance must be a fraction between 0 and 1 (0.05 is 5 %), got {self.tolerance}")
        if self.budget < LOOKS[0]:
            raise ValueError(f"budget must allow the first look, {LOOKS[0]} rounds, got {self.budget}")
        if self.cases < 1:
            raise ValueError(f"cases must be at least 1, got {self.cases}")
        if self.clock not in CLOCKS:
            raise ValueError(f"clock must be one of {tuple(CLOCKS)}, got {self.clock!r}")

    @property
    def looks(self) -> tuple[int, ...]:
        """Numbers of rounds after which a verdict may fall."""
        return (*(look for look in LOOKS if look < self.budget), self.budget)

    @property
    def repeat_level(self) -> float:
        """One-sided error of the direction that fresh rounds show by themselves."""
        return LEVEL / self.cases if self.tolerance < STRICT_BELOW else LEVEL

    def decide(self, first: Sequence[Round], repeat: Sequence[Round] = ()) -> Decision:
        """The decision that these rounds lead to, look by look; rounds after the look that settles it do not count."""
        for number, ratios in enumerate((*first, *repeat), start=1):
            if not all(map(math.isfinite, ratios)):
                raise BenchError(f"round {number}: log(B/A) must be a finite number, got {ratios}")
        decision = Decision(
            verdict=Verdict.INCONCLUSIVE,
            final=False,
            reason=f"inconclusive: there are {len(first)} rounds, and the first look is due after {LOOKS[0]}.",
        )
        for look in self._looks_at(first):
            decision = self._look(first[:look])
            if decision.final or decision.needs_repeat:
                break
        if decision.needs_repeat:
            first, suspected = first[: decision.rounds], decision.found
            for look in self._looks_at(repeat):
                decision = self._look(first, repeat[:look], suspected)
                if decision.final:
                    break
        return decision

    def decide_processes(self, old: Sequence[Sequence[float]], new: Sequence[Sequence[float]]) -> Decision:
        """The verdict on two pyperf results, each a list of processes, each a list of values.

        There is one look and no repeat, so that the level is divided by the number of cases.
        """
        level = LEVEL / self.cases
        interval = process_ratio(old, new, level)
        verdict = judge(interval, self.tolerance)
        reason = (
            f"{verdict}: {describe(interval)} between {len(old)} and {len(new)} processes"
            f" (level {100 * level:.2g} % a side): {grounds(interval, self.tolerance)}."
        )
        return Decision(verdict=verdict, found=verdict, final=True, reason=reason, interval=interval, level=level)

    def _looks_at(self, rounds: Sequence[Round]) -> Iterable[int]:
        return (look for look in self.looks if look <= len(rounds))

    def _interval(self, rounds: Sequence[Round], level: float) -> Interval:
        return trimmed_mean([getattr(ratios, self.clock) for ratios in rounds], level)

    def _wall_excess(self, rounds: Sequence[Round]) -> float | None:
        if self.clock == "wall":
            return None
        excess = trimmed_mean([ratios.wall - ratios.cpu for ratios in rounds], LOOK_LEVEL)
        beyond = abs(excess.estimate) > math.log1p(self.tolerance)
        return excess.estimate if beyond and _direction(excess) is not Verdict.INCONCLUSIVE else None

    def _look(self, first: Sequence[Round], fresh: Sequence[Round] = (), suspected: Verdict | None = None) -> Decision:
        """A look at the first rounds, or at all where fresh ones are to repeat what was `suspected` of the first."""
        rounds = (*first, *fresh)
        interval = self._interval(rounds, LOOK_LEVEL)
        found = judge(interval, self.tolerance)
        wall_excess = self._wall_excess(rounds)
        settled = found is Verdict.UNCHANGED and wall_excess is None
        repeat = None
        if suspected is not None:
            repeat = self._interval(fresh, self.repeat_level)
            settled = settled or found is suspected is _direction(repeat)
            final = settled or len(fresh) == self.budget
            needs_repeat = not final
        else:
            needs_repeat = found in (Verdict.REGRESSED, Verdict.IMPROVED)
            final = settled or (len(first) == self.budget and not needs_repeat)
        verdict = found if settled else Verdict.INCONCLUSIVE

        reason = f"{verdict}: {describe(interval)} {CLOCKS[self.clock]} over {len(first)} rounds"
        if repeat is not None:
            reason += f" and {len(fresh)} fresh ones"
        reason += f" (level {100 * LOOK_LEVEL:.2g} % a side): {grounds(interval, self.tolerance)}."
        if repeat is not None:
            reason += f" The first looked {suspected}; the fresh ones alone say {describe(repeat)}."
        elif needs_repeat:
            reason += f" It counts as {found} once fresh rounds repeat it."
        if wall_excess is not None:
            reason += f" Wall time differs by another {percent(wall_excess)}: waiting, or the work of other threads."
        if final and not settled:
            reason += f" The budget of {self.budget} rounds is spent."
        return Decision(
            verdict=verdict,
            final=final,
            reason=reason,
            found=found,
            needs_repeat=needs_repeat,
            interval=interval,
            repeat=repeat,
            rounds=len(first),
            fresh=len(fresh),
            wall_excess=wall_excess,
        )


def _direction(interval: Interval) -> Verdict:
    """What side of 0 the interval lies on, whatever its size."""
    if interval.lower > 0:
        return Verdict.REGRESSED
    return Verdict.IMPROVED if interval.upper < 0 else Verdict.INCONCLUSIVE
