"""Instrument `compare`: did B make it slower than A? Paired rounds, until a verdict holds."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import identity, reference, worker
from ..counting import counted
from ..errors import BenchError
from ..memory import Footprint
from ..sides import Side, command, environment, prepare
from . import memory
from .comparison import Comparison, Outcome
from .contestant import Contender
from .decision import LOOKS, Decision, Gate
from .pairing import Pair, last_core

MOST_ROUNDS = 60
UNPINNED = (
    "Processes cannot be pinned to a core on this platform: the two sides do not share what disturbs them, so that "
    "rounds are noisier and more cases end as inconclusive."
)
EMPTY = f"{reference.__file__}::reference/empty"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a comparison is made; the defaults are the command line's.

    tolerance: the smallest slowdown that must be caught, as a fraction.
    budget: seconds a case, and as many again to repeat a change.
    preset: sizes of the cases that are not named with their parameters.
    baselines: also compare the baselines of cases, unasked.
    timeout: seconds for a set-up or a slice.
    core: where the two sides take turns; None: the last one this process may use.
    count: count instructions too, as a second witness (needs valgrind).
    memory: compare what operations ask of memory, too.
    """

    tolerance: float = 0.05
    budget: float = 20.0
    preset: str = "quick"
    baselines: bool = False
    timeout: float = 60.0
    core: int | None = None
    count: bool = False
    memory: bool = False

    def __post_init__(self) -> None:
        Gate(tolerance=self.tolerance)  # says what is wrong with it
        if self.budget <= 0 or self.timeout <= 0:
            raise ValueError(f"budget and timeout must be positive, got {self.budget} and {self.timeout}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A case as the processes of the sides list it."""

    name: str
    path: str
    baseline_of: str | None
    pairing: str

    @property
    def address(self) -> str:
        return f"{self.path}::{self.name}"


class Watcher:
    """Is told what happens; this one does not care. The command line's draws it."""

    def say(self, text: str) -> None:
        """Something takes a while."""

    def total(self, cases: int) -> None:
        """So many cases, controls included, will be compared."""

    def start(self, name: str) -> None:
        """A case begins, or its repeat does."""

    def round(self, name: str, rounds: int, decision: Decision) -> None:
        """One more round of it is measured."""

    def finish(self, outcome: Outcome) -> None:
        """It is decided, or failed."""


def compare(
    a: str, b: str, cases: Sequence[str] = (), settings: Settings | None = None, watcher: Watcher | None = None
) -> Comparison:
    """Compare two sides of this project: what `fastpaths compare A B [CASE…]` does, as a function.

    Raises BenchError where nothing can be compared: a side that does not build, a case that is not there. What fails
    for one case alone is in that case's outcome. KeyboardInterrupt ends it early with what was measured, and is raised
    where that is nothing.
    """
    watcher = watcher or Watcher()
    sides = prepare([a, b], watcher.say)
    return Comparer(sides[0], sides[1], settings or Settings(), watcher).run(cases)


class Comparer:
    """One comparison on its way."""

    def __init__(self, a: Side, b: Side, settings: Settings, watcher: Watcher) -> None:
        self._sides, self._settings, self._watcher = (a, b), settings, watcher
        self._random = random.SystemRandom()
        self._core = settings.core if settings.core is not None else last_core()
        self._cases = 1
        self.comparison = Comparison(
            a=_described(a),
            b=_described(b),
            machine=identity.machine(),
            started=datetime.now(UTC).isoformat("T", "seconds"),
        )

    def run(self, requests: Sequence[str]) -> Comparison:
        if self._core is None:
            self._watcher.say(UNPINNED)
        listed = self._listed(requests)
        self._cases = len(listed)
        self._watcher.total(len(listed) + 2)
        waiting: list[tuple[Pair, Outcome]] = []
        try:
            for pair, outcome in self._controls(listed):
                self.comparison.controls.append(outcome)
                self._attempt(pair, outcome, waiting)
            for case in listed:
                clock = "wall" if case.pairing == "alternate" else "cpu"
                gate = Gate(tolerance=self._settings.tolerance, cases=self._cases, clock=clock)
                outcome = Outcome(case.name, gate)
                self.comparison.outcomes.append(outcome)
                if self._verified(case, outcome):
                    self._attempt(self._pair(case.address, case.name, case.pairing), outcome, waiting)
                else:
                    self._watcher.finish(outcome)
            for pair, outcome in waiting:  # last: what disturbed the first rounds has passed by then
                self._attempt(pair, outcome, None)
        except KeyboardInterrupt:
            known = [outcome for outcome in self.comparison.outcomes if outcome.first or not outcome.measured]
            if not known:  # the controls alone tell nothing
                raise
            self.comparison.outcomes, self.comparison.interrupted = known, True
        return self.comparison

    def _attempt(self, pair: Pair, outcome: Outcome, waiting: list[tuple[Pair, Outcome]] | None) -> None:
        """Measure until there is a decision, or a change that waits for its repeat."""
        self._watcher.start(outcome.name)
        rounds = outcome.first if waiting is not None else outcome.repeat
        try:
            while True:
                decision = outcome.decision
                if decision.final:
                    break
                if decision.needs_repeat and waiting is not None:
                    waiting.append((pair, outcome))
                    return
                start = time.monotonic()
                rounds.append(pair.round(self._random.getrandbits(32)))
                if len(rounds) == 1 and waiting is not None:
                    outcome.gate = self._gate(outcome.gate, time.monotonic() - start)
                self._watcher.round(outcome.name, len(outcome.first) + len(outcome.repeat), outcome.decision)
        except BenchError as error:
            outcome.error = str(error)
        self._watcher.finish(outcome)

    def _gate(self, gate: Gate, round_seconds: float) -> Gate:
        """As many rounds as the budget pays for, at least up to the first look."""
        rounds = max(LOOKS[0], min(MOST_ROUNDS, int(self._settings.budget / round_seconds)))
        return replace(gate, budget=rounds)

    def _pair(self, address: str, name: str, pairing: str, sides: tuple[int, int] = (0, 1)) -> Pair:
        contenders = [
            Contender(
                f"{name} on {'AB'[side]}",
                command(self._sides[side], "slices", address),
                environment(self._sides[side]),
            )
            for side in sides
        ]
        return Pair(
            contenders[0],
            contenders[1],
            same_loops=True,
            alternate=pairing == "alternate",
            core=self._core,
            timeout=self._settings.timeout,
        )

    def _controls(self, listed: Sequence[Listed]) -> Iterator[tuple[Pair, Outcome]]:
        """Like against like: the empty operation on both sides, and the first case on one side against itself."""
        gate = Gate(tolerance=self._settings.tolerance)
        if self._sides[0].identity["python"] == self._sides[1].identity["python"]:  # else its time is the interpreter's
            yield self._pair(EMPTY, "the empty operation", "slices"), Outcome("the empty operation, A and B", gate)
        for case in listed:
            if case.pairing == "slices":
                yield self._pair(case.address, case.name, case.pairing, (0, 0)), Outcome(f"{case.name}, A and A", gate)
                return

    def _verified(self, case: Listed, outcome: Outcome) -> bool:
        """Both sides give the expected answer, and the same one."""
        seed = {"PYTHONHASHSEED": "0", "FASTPATHS_HASH_SEED": "0"}

        def answer(side: Side) -> str | BenchError:
            program = command(side, "worker")
            try:
                return worker.verified(
                    case.address, program, self._settings.timeout, {**os.environ, **seed, **environment(side)}
                )
            except BenchError as error:
                return error

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(answer, self._sides))
        for side, found in zip("AB", answers, strict=True):
            if isinstance(found, worker.Unavailable):
                outcome.missing, outcome.error = side, ""
                outcome.note = str(found)
            elif isinstance(found, BenchError):
                outcome.error = f"on {side}: {found}"
        if outcome.measured and answers[0] != answers[1]:
            outcome.error = "the two sides give different answers, though each is what its own set-up expects"
        if outcome.measured and self._settings.count:
            try:
                outcome.instructions = (self._counted(case, self._sides[0]), self._counted(case, self._sides[1]))
            except BenchError as error:
                outcome.error = str(error)
        if outcome.measured and self._settings.memory:
            try:
                outcome.memory = [self._footprints(case) for _ in range(memory.ROUNDS)]
            except BenchError as error:
                outcome.error = str(error)
        return outcome.measured

    def _footprints(self, case: Listed) -> memory.Footprints:
        """What the operation asks of memory on each side, in fresh processes that share a hash seed."""
        seeds = {name: str(self._random.getrandbits(32)) for name in ("PYTHONHASHSEED", "FASTPATHS_HASH_SEED")}

        def counted_on(side: Side) -> Footprint:
            said = worker.finish(
                [*command(side, "worker"), case.address, "--memory"],
                f"{case.name}: counting its memory",
                self._settings.timeout,
                {**os.environ, **seeds, **environment(side)},
            )
            return Footprint(**json.loads(said.splitlines()[-1]))

        with ThreadPoolExecutor(2) as pool:
            return memory.Footprints(*pool.map(counted_on, self._sides))

    def _counted(self, case: Listed, side: Side) -> float:
        program = command(side, "worker")
        count = counted(case.address, program, self._settings.timeout, environment(side))
        return float(count["instructions"])

    def _listed(self, requests: Sequence[str]) -> list[Listed]:
        """The cases that are asked for, from this project's case files as the sides can load them: B's, then A's."""
        with ThreadPoolExecutor(2) as pool:
            lists = list(pool.map(lambda side: self._listed_by(side, requests), self._sides))
        errors = [found for found in lists if isinstance(found, BenchError)]
        if len(errors) == len(lists):
            raise errors[-1]
        cases: dict[str, Listed] = {}
        broken: list[set[str]] = []
        for found in reversed(lists):
            if isinstance(found, dict):
                for about in found["cases"]:
                    cases.setdefault(about["name"], Listed(**about))
                broken.append(set(found["broken"]))
        self.comparison.outcomes += [  # where one side can load the file, its cases are missing on the other
            Outcome(Path(error).name, Gate(), error=error) for error in sorted(set.intersection(*broken))
        ]
        asked = {request.rpartition("::")[2].partition("[")[0] for request in requests}
        return [
            case
            for case in cases.values()
            if case.baseline_of is None or self._settings.baselines or case.name.partition("[")[0] in asked
        ]

    def _listed_by(self, side: Side, requests: Sequence[str]) -> dict[str, Any] | BenchError:
        program = command(side, "listing", "--json", "--preset", self._settings.preset, *requests)
        run = subprocess.run(
            program, env={**os.environ, **environment(side)}, capture_output=True, text=True, check=False
        )
        try:
            found: dict[str, Any] = json.loads(run.stdout)
        except ValueError:
            return BenchError(run.stderr.strip().removeprefix("fastpaths list: "))
        return found


def _described(side: Side) -> dict[str, Any]:
    return {key: value for key, value in asdict(side).items() if key != "harness"}
