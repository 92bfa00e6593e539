"""Cases: one operation with its input, its expected answer and its units.

@case(group="lookup/str", params={"rows": [10_000, 100_000]})
def find_many(rows):
    ...                                   # set-up: runs only when this case is measured
    return Op(index.find_many, keys, items=len(keys), unit="lookup", expected=answer)

@find_many.baseline                       # a peer: the same input, the same expected answer
def dict_loop(rows): ...
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any, Final, overload

from .errors import BenchError
from .loops import time_loops

PRESETS: Final = ("quick", "default", "production")
PAIRINGS: Final = ("slices", "alternate")

Params = Mapping[str, Sequence[Any] | Mapping[str, Sequence[Any]]]
SetUp = Callable[..., "Op"]


class Op:
    """One operation, ready to run: `Op(f, *args, expected=answer)` is measured as `f(*args)`.

    f is called by vectorcall from a compiled loop, so give the function itself: a lambda in between costs 20 ns.

    items, unit: how many of what one operation handles ("lookup", "record"); the tables derive rates from it.
    nbytes: bytes that one operation handles, where a rate in bytes means something.
    expected: the right answer, compared with f's result before anything is timed. Required: a time is worth nothing
        if the work was not done.
    answer: turns f's result into what is compared with `expected` (for an operation that returns nothing: reads the
        state it left behind).
    reset: runs untimed before each operation, for operations that change what they work on.
    close: runs once at the end.
    """

    __slots__ = (
        "answer",
        "arguments",
        "close",
        "each_argument",
        "expected",
        "function",
        "items",
        "nbytes",
        "reset",
        "unit",
    )

    def __init__(
        self,
        function: Callable[..., Any],
        /,
        *arguments: Any,
        expected: Any,
        items: int = 1,
        unit: str = "call",
        nbytes: int | None = None,
        answer: Callable[[Any], Any] | None = None,
        reset: Callable[[], object] | None = None,
        close: Callable[[], object] | None = None,
    ) -> None:
        for name, hook in (("function", function), ("answer", answer), ("reset", reset), ("close", close)):
            if not callable(hook) and (hook is not None or name == "function"):
                raise TypeError(f"Op: {name} must be callable, got {hook!r}")
        if items < 1:
            raise ValueError(f"Op: items must be at least 1, got {items}")
        self.function = function
        self.arguments: tuple[Any, ...] = arguments
        self.each_argument = False
        self.expected = expected
        self.items = items
        self.unit = unit
        self.nbytes = nbytes
        self.answer = answer
        self.reset = reset
        self.close = close

    @classmethod
    def each(cls, function: Callable[[Any], Any], column: Iterable[Any], **options: Any) -> Op:
        """An operation of nanoseconds: f(x) for every x of `column`, called in compiled code, timed together.

        The time reported, `items` and `nbytes` are those of one call. f's result, before `answer`, is the list of what
        the calls returned.
        """
        op = cls(function, *column, **options)
        if not op.arguments:
            raise ValueError("Op.each: the column is empty, so there is nothing to call the function with")
        op.each_argument = True
        return op

    @property
    def calls(self) -> int:
        """How many calls of the function make one pass of the loop."""
        return len(self.arguments) if self.each_argument else 1

    def run(self) -> Any:
        """Run once, untimed, after a reset; return the answer as it is to be compared with `expected`."""
        if self.reset is not None:
            self.reset()
        if self.each_argument:
            result: Any = [self.function(argument) for argument in self.arguments]
        else:
            result = self.function(*self.arguments)
        return result if self.answer is None else self.answer(result)

    def time(self, loops: int, gc: bool = False) -> tuple[int, int]:
        """Time `loops` passes: (wall, CPU of this process) in nanoseconds."""
        return time_loops(self.function, self.arguments, loops, each=self.each_argument, reset=self.reset, gc=gc)

    def __enter__(self) -> Op:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.close is not None:
            self.close()


@dataclass(frozen=True, slots=True)
class Case:
    """A family at one point of its parameters: what an instrument measures."""

    name: str
    family: Family
    params: Mapping[str, Any]
    presets: frozenset[str]

    def make(self) -> Op:
        """Run the set-up."""
        op = self.family.set_up(**self.params)
        if not isinstance(op, Op):
            raise BenchError(f"{self.name}: its function must return an Op, but returned {op!r}")
        return op

    @property
    def baseline_of(self) -> str | None:
        """Name of the case that this one is a baseline of."""
        return None if self.family.subject is None else self.family.subject.case_name(self.params)

    @property
    def subject(self) -> Case | None:
        """The case that this one is a baseline of."""
        family = self.family.subject
        return None if family is None else next(case for case in family.cases() if case.params == self.params)

    @property
    def baselines(self) -> list[Case]:
        """Its baselines, in order."""
        families = families_of(self.family.set_up.__globals__)
        peers = [case for family in families if family.subject is self.family for case in family.cases()]
        return [case for case in peers if case.params == self.params]

    @property
    def address(self) -> str:
        """PATH::NAME, by which another process finds it."""
        return f"{self.path}::{self.name}"

    @property
    def path(self) -> Path:
        """The file that defines it."""
        return Path(self.family.set_up.__globals__["__file__"]).resolve()


@dataclass(eq=False, slots=True)
class Family:
    """What @case makes of a function: the cases that its parameters span."""

    set_up: SetUp
    group: str
    label: str
    params: Params
    gc: bool
    pairing: str
    subject: Family | None = None  # what this is a baseline of

    @property
    def where(self) -> str:
        code = self.set_up.__code__
        return f"{code.co_filename}:{code.co_firstlineno}"

    def case_name(self, params: Mapping[str, Any]) -> str:
        point = ",".join(f"{name}={value}" for name, value in params.items())
        return f"{self.group}/{self.label}" + (f"[{point}]" if point else "")

    def cases(self) -> Iterator[Case]:
        """Every case in any preset, in the order of its parameters' values."""
        points: dict[str, dict[str, Any]] = {}
        presets: dict[str, set[str]] = {}
        for preset in PRESETS:
            for point in self._points(preset):
                name = self.case_name(point)
                points.setdefault(name, point)
                presets.setdefault(name, set()).add(preset)
        for name, point in points.items():
            yield Case(name, self, point, frozenset(presets[name]))

    def _points(self, preset: str) -> Iterator[dict[str, Any]]:
        axes = []
        for values in self.params.values():
            if isinstance(values, Mapping):
                axes.append(values.get(preset, ()))
            else:
                axes.append(values[:1] if preset == "quick" else values)
        return (dict(zip(self.params, point, strict=True)) for point in itertools.product(*axes))

    @overload
    def baseline(self, set_up: SetUp, /) -> Family: ...
    @overload
    def baseline(self, /, *, name: str) -> Callable[[SetUp], Family]: ...
    def baseline(
        self, set_up: SetUp | None = None, /, *, name: str | None = None
    ) -> Family | Callable[[SetUp], Family]:
        """Decorator: a peer doing the same work on the same parameters, which ratios are taken against."""

        def decorate(set_up: SetUp) -> Family:
            return _register(
                Family(set_up, self.group, _label(set_up, name), self.params, self.gc, self.pairing, subject=self)
            )

        return decorate if set_up is None else decorate(set_up)


def case(
    *, group: str, name: str | None = None, params: Params | None = None, gc: bool = False, pairing: str = "slices"
) -> Callable[[SetUp], Family]:
    """Decorator: the function sets a case up and returns its Op. The case is named group/function[param=value,…].

    params: name -> values; the cases are all their combinations. A plain list is measured whole, in preset quick its
        first value only; {"quick": […], "default": […], "production": […]} says it for each preset.
    name: instead of the function's.
    gc: leave the cyclic garbage collector on in the timed loop, for a case that measures it.
    pairing: "slices" (two sides can take turns of a millisecond on one core) or "alternate" (they cannot: threads,
        processes, brokers).
    """
    if pairing not in PAIRINGS:
        raise ValueError(f"case: pairing must be one of {PAIRINGS}, got {pairing!r}")
    params = dict(params or {})
    for axis, values in params.items():
        _check_axis(axis, values)

    def decorate(set_up: SetUp) -> Family:
        return _register(Family(set_up, _checked_name("group", group), _label(set_up, name), params, gc, pairing))

    return decorate


def _check_axis(axis: str, values: Sequence[Any] | Mapping[str, Sequence[Any]]) -> None:
    if isinstance(values, Mapping):
        if unknown := set(values) - set(PRESETS):
            raise ValueError(f"case: params[{axis!r}] has the unknown preset {min(unknown)!r}; presets are {PRESETS}")
        values = [value for some in values.values() for value in some]
    if isinstance(values, str) or not values:
        raise ValueError(f"case: params[{axis!r}] must be a non-empty sequence of values, got {values!r}")


def _label(set_up: SetUp, name: str | None) -> str:
    label = _checked_name("name", name or set_up.__name__)
    if "/" in label:
        raise ValueError(f"case: name {label!r} must not contain '/'; the group holds the path")
    return label


def _checked_name(what: str, name: str) -> str:
    if not name or any(mark in name for mark in ("*", "::", "[", "]")) or name != name.strip("/ "):
        raise ValueError(
            f"case: {what} {name!r} must not be empty, hold any of * :: [ ], or begin or end with / or a space"
        )
    return name


def _register(family: Family) -> Family:
    """Families are listed in the module that defines them, so that loading the same file twice confuses nothing."""
    if not isinstance(family.set_up, FunctionType):
        raise TypeError(f"case: decorate a function, not {family.set_up!r}")
    family.set_up.__globals__.setdefault("__fastpaths_cases__", []).append(family)
    return family


def families_of(namespace: Mapping[str, Any]) -> list[Family]:
    """The families that a module defines, in order."""
    return list(namespace.get("__fastpaths_cases__", ()))
