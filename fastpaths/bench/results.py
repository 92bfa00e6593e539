"""Measured cases: from pyperf's benchmarks to the figures that tables show, and the file that keeps them."""

from __future__ import annotations

import os
import reprlib
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyperf

from .arguments import output_file
from .errors import BenchError


@dataclass(frozen=True, slots=True)
class Measurement:
    """One case's time: seconds an operation (mean over all values), and the spread of the processes' means."""

    name: str
    group: str
    baseline_of: str | None
    seconds: float
    spread: float | None  # standard deviation over processes; None for a single one
    items: int
    unit: str
    nbytes: int | None
    preliminary: bool = False

    @property
    def seconds_an_item(self) -> float:
        """What is comparable between a case and its baseline, where one handles a batch and the other one item."""
        return self.seconds / self.items

    @classmethod
    def of(cls, bench: pyperf.Benchmark) -> Measurement:
        """From a benchmark of a result file, whoever wrote it."""
        about = bench.get_metadata()
        means = [statistics.fmean(run.values) for run in bench.get_runs() if run.values]
        name = bench.get_name()
        return cls(
            name=name,
            group=about.get("fastpaths_group", name.rpartition("/")[0]),
            baseline_of=about.get("fastpaths_baseline_of"),
            seconds=bench.mean(),
            spread=statistics.stdev(means) if len(means) > 1 else None,
            items=about.get("fastpaths_items", 1),
            unit=about.get("fastpaths_unit", "call"),
            nbytes=about.get("fastpaths_nbytes"),
            preliminary=about.get("fastpaths_preset") == "quick",
        )


class ResultFile:
    """A pyperf file that is whole after every benchmark: each one is added in a copy that then takes its place."""

    def __init__(self, path: Path, suite: pyperf.BenchmarkSuite | None) -> None:
        self.path = path
        self._suite = suite

    @classmethod
    def opened(cls, output: str | None, append: str | None) -> ResultFile | None:
        """For pyperf's options -o and --append; refuses, before anything is measured, what could not be written."""
        if output is not None and append is not None:
            raise BenchError("give either -o or --append, not both")
        if (name := output if output is not None else append) is None:
            return None
        path = output_file(name)
        if not path.exists():
            return cls(path, None)
        if append is None:
            raise BenchError(f"{path} already exists; --append adds to it")
        return cls(path, load(path))

    def add(self, bench: pyperf.Benchmark) -> None:
        if self._suite is None:
            self._suite = pyperf.BenchmarkSuite([bench])
        else:
            self._suite.add_runs(bench)
        copy = self.path.with_name(f".unfinished-{self.path.name}")  # pyperf compresses by the ending
        try:
            self._suite.dump(os.fspath(copy), replace=True)
            copy.replace(self.path)
        except OSError as error:
            copy.unlink(missing_ok=True)
            raise BenchError(f"cannot write {self.path}: {error}") from error


def load(path: str | os.PathLike[str]) -> pyperf.BenchmarkSuite:
    try:
        return pyperf.BenchmarkSuite.load(os.fspath(path))
    except AttributeError as error:  # a list or a number was asked for a key
        found = reprlib.repr(error.obj)
        raise BenchError(f"{path} is not a pyperf file: expected a JSON object, found {found}") from None
    except FileNotFoundError:
        raise BenchError(f"cannot read {path}: there is no such file") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BenchError(f"{path} is not a pyperf file: {error}") from error


def measurements(benchmarks: Iterable[pyperf.Benchmark]) -> list[Measurement]:
    return [Measurement.of(bench) for bench in benchmarks if bench.get_unit() == "second"]
