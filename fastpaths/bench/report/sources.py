"""Result files: which instrument wrote it, and the sections that it gives."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from .. import counting, look, results, selfcheck, versus
from ..errors import BenchError
from ..gate import comparison, files
from ..profiling import command as profiling
from . import compared, counted, latency, looked, measured, profiled, ratios, selfchecked, unpaired
from .model import Section

READ = (
    "files that fastpaths look, time, versus, count, profile, compare and selfcheck -o wrote, files of pyperf, logs of "
    "HDR histograms"
)

SCHEMAS = {
    comparison.FORMAT: comparison.SCHEMA,
    versus.FORMAT: versus.SCHEMA,
    profiling.FORMAT: profiling.SCHEMA,
}


def sections(path: Path, shown: Collection[Path] = ()) -> Iterator[Section]:
    """What a file has to say; BenchError where it is none that a report can show.

    shown: the files of the whole page, resolved. What lies beside a file is shown with it unless it is one of them.
    """
    if path.suffix == ".hdr":
        yield from latency.histograms(path)
        return
    data = {} if path.suffix == ".gz" else _parsed(path)
    known = SCHEMAS.get(data.get("format", ""))
    if known is not None and (schema := data.get("schema", known)) != known:
        raise BenchError(f"{path} is of schema {schema}, and this fastpaths reads schema {known}")
    try:
        match data.get("format") or data.get("schema"):
            case comparison.FORMAT:
                yield from compared.sections(comparison.load(path), path)
            case versus.FORMAT:
                yield from ratios.sections(data, path)
            case profiling.FORMAT:
                yield from profiled.sections(data, path)
            case counting.SCHEMA:
                yield from counted.sections(data, path)
            case look.SCHEMA:
                yield from looked.sections(data, path)
            case selfcheck.SCHEMA:
                yield from selfchecked.sections(data, path)
            case files.SCHEMA:
                yield from unpaired.sections(data, path)
            case None if "benchmarks" in data or path.suffix == ".gz":
                yield from _of_pyperf(path, shown)
            case other:
                raise BenchError(f"{path} is {other or 'no result'}, which a report cannot show; it shows {READ}")
    except (KeyError, TypeError, ValueError) as error:
        raise BenchError(f"{path} lacks what its format should have: {type(error).__name__}: {error}") from error


def _parsed(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise BenchError(f"{path} is not JSON: {error}; a report shows {READ}") from error
    return data if isinstance(data, dict) else {}


def _of_pyperf(path: Path, shown: Collection[Path]) -> Iterator[Section]:
    benchmarks = results.load(path).get_benchmarks()
    statistics = [bench for bench in benchmarks if latency.is_statistic(bench)]
    if statistics:
        yield from latency.sections(statistics, path)
        log = path.with_name(path.name.removesuffix(".gz").removesuffix(".json") + ".hdr")
        if log.exists() and log.resolve() not in shown:  # which such a run leaves beside its file
            yield from latency.histograms(log)
    if others := [bench for bench in benchmarks if not latency.is_statistic(bench)]:
        yield from measured.sections(others, path)
