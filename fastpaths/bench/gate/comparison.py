"""What a comparison found: each case's rounds and decision, kept in a file from which the decision can be made again.

The file is JSON, {"format": "fastpaths-comparison", "schema": 1, …}: the two sides, the gate's settings, and for every
case its rounds as [log ratio by CPU time, by wall time, ns an operation of A, of B, seed].
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .. import arguments
from ..errors import BenchError
from . import memory
from .decision import Decision, Gate, Round
from .verdict import Verdict, exit_code

FORMAT, SCHEMA = "fastpaths-comparison", 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """One round: its ratios, and what an operation of A and of B took (median, ns by the wall clock)."""

    ratios: Round
    nanoseconds: tuple[float, float]
    seed: int


@dataclass(slots=True)
class Outcome:
    """What became of one case: rounds and the decision on them, or why there are none."""

    name: str
    gate: Gate
    first: list[Evidence] = field(default_factory=list)
    repeat: list[Evidence] = field(default_factory=list)
    missing: str = ""  # "A" or "B": its import or set-up fails there (on B, if on both)
    note: str = ""  # why it is missing
    error: str = ""
    instructions: tuple[float, float] | None = None  # an operation on A, on B: `--count`
    memory: list[memory.Footprints] = field(default_factory=list)  # `--memory`

    @property
    def decision(self) -> Decision:
        return self.gate.decide([round.ratios for round in self.first], [round.ratios for round in self.repeat])

    @property
    def memory_verdict(self) -> Verdict | None:
        return memory.verdict(self.memory, self.gate.tolerance)

    @property
    def measured(self) -> bool:
        return not self.missing and not self.error

    def nanoseconds(self, side: int) -> float:
        """An operation on this side: median over all rounds."""
        times = sorted(round.nanoseconds[side] for round in (*self.first, *self.repeat))
        return times[len(times) // 2] if times else math.nan


@dataclass(slots=True)
class Comparison:
    """A and B, and every case's outcome. `controls` compare like with like: a change there is the harness's own."""

    a: Mapping[str, Any]
    b: Mapping[str, Any]
    machine: str
    started: str
    outcomes: list[Outcome] = field(default_factory=list)
    controls: list[Outcome] = field(default_factory=list)
    interrupted: bool = False

    @property
    def disturbed(self) -> list[Outcome]:
        """Controls that were called different though both sides of them are the same."""
        return [
            control for control in self.controls if control.decision.verdict in (Verdict.REGRESSED, Verdict.IMPROVED)
        ]

    @property
    def verdicts(self) -> list[Verdict]:
        return [outcome.decision.verdict for outcome in self.outcomes if outcome.measured]

    @property
    def memory_verdicts(self) -> list[Verdict]:
        return [found for outcome in self.outcomes if outcome.measured and (found := outcome.memory_verdict)]

    def exit_code(self, strict: bool = False) -> int:
        """design: 2 could not measure, 1 something regressed, 3 nothing reached a verdict (strict: not all did), 0."""
        failed = any(outcome.error or outcome.missing == "B" for outcome in (*self.outcomes, *self.controls))
        return exit_code([*self.verdicts, *self.memory_verdicts], failed=failed or bool(self.disturbed), strict=strict)

    def save(self, path: Path) -> None:
        arguments.write(path, json.dumps(self.as_json(), indent=1) + "\n")

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "schema": SCHEMA,
            "a": dict(self.a),
            "b": dict(self.b),
            "machine": self.machine,
            "started": self.started,
            "interrupted": self.interrupted,
            "controls": [_outcome_as_json(outcome) for outcome in self.controls],
            "cases": [_outcome_as_json(outcome) for outcome in self.outcomes],
        }


def load(path: Path) -> Comparison:
    """Read what `save` wrote."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise BenchError(f"{path} is not what `fastpaths compare A B -o FILE` writes")
        if data["schema"] != SCHEMA:
            raise BenchError(f"{path} is of schema {data['schema']}, and this fastpaths reads schema {SCHEMA}")
        return Comparison(
            a=data["a"],
            b=data["b"],
            machine=data["machine"],
            started=data["started"],
            interrupted=data["interrupted"],
            controls=[_outcome_from_json(outcome) for outcome in data["controls"]],
            outcomes=[_outcome_from_json(outcome) for outcome in data["cases"]],
        )
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BenchError(
            f"{path} is not whole, as `fastpaths compare A B -o FILE` writes it: {type(error).__name__}: {error}"
        ) from error


def _outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    decision = outcome.decision
    return {
        "name": outcome.name,
        "verdict": decision.verdict if outcome.measured else None,
        "log_ratio": bounds_as_json(decision),
        "reason": decision.reason if outcome.measured else "",
        "missing": outcome.missing,
        "note": outcome.note,
        "error": outcome.error,
        "instructions": outcome.instructions,
        "memory": memory.as_json(outcome.memory, outcome.gate.tolerance),
        "gate": asdict(outcome.gate),
        "first": _rounds_as_json(outcome.first),
        "repeat": _rounds_as_json(outcome.repeat),
    }


def bounds_as_json(decision: Decision) -> dict[str, float] | None:
    """The interval of log(B/A), each bound wrong with probability `level`; None where it has no bounds."""
    if decision.interval is None or not math.isfinite(decision.interval.upper):
        return None
    return {**decision.interval._asdict(), "level": decision.level}


def _outcome_from_json(data: Mapping[str, Any]) -> Outcome:
    return Outcome(
        name=data["name"],
        gate=Gate(**data["gate"]),
        first=_rounds_from_json(data["first"]),
        repeat=_rounds_from_json(data["repeat"]),
        missing=data["missing"],
        note=data["note"],
        error=data["error"],
        instructions=tuple(data["instructions"]) if data["instructions"] else None,
        memory=memory.from_json(data.get("memory")),
    )


def _rounds_as_json(rounds: Iterable[Evidence]) -> list[list[float]]:
    return [[*round.ratios, *round.nanoseconds, round.seed] for round in rounds]


def _rounds_from_json(rounds: Sequence[Sequence[float]]) -> list[Evidence]:
    return [Evidence(Round(cpu, wall), (a, b), int(seed)) for cpu, wall, a, b, seed in rounds]
