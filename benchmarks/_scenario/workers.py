"""Several load generators at once: processes here, or workers of a Dask cluster. What each has measured is merged.

Each does a whole run with its share of the load, on a topic of its own. Their clocks need not agree: each record is
sent and received by the same worker.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np

from _scenario.latencies import Latencies
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.processes import PROCESSES
from fastpaths.bench.errors import BenchError

SCRIPTS = Path(__file__).parents[1]
DASK = "dask://"
PATIENCE = 10.0  # seconds
Run = Callable[[Load, int], Measured]  # of that share of a load, by the worker of that number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workers",
        type=_workers,
        default=1,
        metavar="N",
        help="share the load among so many generators, each a process with the producers and the consumer of a run; "
        "or dask://HOST:PORT, the workers of a Dask cluster (fastpaths[dask])",
    )


def _workers(text: str) -> int | str:
    if text.startswith(DASK):
        return text
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, or dask://HOST:PORT, got {text!r}")
    return int(text)


def share(load: Load, workers: int) -> Load:
    """What one of so many does."""
    rate = None if load.rate is None else load.rate / workers
    return replace(load, records=-(-load.records // workers), warmup=-(-load.warmup // workers), rate=rate)


def merged(parts: Sequence[Measured]) -> Measured:
    """As if one had done it all. It took as long as the slowest took, and ended early if any did."""
    stopped = [part.stopped for part in parts if part.stopped is not None]
    times = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ("due", "sent", "received")}
    return replace(
        parts[0],
        account=reduce(add, (part.account for part in parts)),
        **times,
        began=min(part.began for part in parts),
        stopped=stopped[0] if stopped else None,
        interrupted=bool(stopped) and all(part.interrupted for part in parts if part.stopped is not None),
        nanoseconds=round(max((part.seconds for part in parts if len(part.received)), default=0) * 1e9),
        counted=sum(part.counted or len(part.received) for part in parts),
        cpu_seconds=sum(part.cpu_seconds for part in parts),
        stages={
            name: Latencies(np.concatenate([part.stages[name].samples for part in parts])) for name in parts[0].stages
        },
        errors=tuple(dict.fromkeys(error for part in parts for error in part.errors)),
    )


@dataclass(frozen=True)
class Pool:
    """workers: a number of processes, or a Dask cluster's address."""

    workers: int | str

    def run(self, load: Load, run: Run) -> Measured:
        """`run` is a picklable function of an importable module."""
        if isinstance(self.workers, int):
            part = share(load, self.workers)
            with ProcessPoolExecutor(self.workers, PROCESSES) as pool:
                return merged(list(pool.map(run, [part] * self.workers, range(self.workers))))
        return self._on_dask(load, run)

    def _on_dask(self, load: Load, run: Run) -> Measured:
        try:
            import distributed
        except ImportError as error:
            raise BenchError(f"--workers {self.workers} needs pip install 'fastpaths[dask]' ({error})") from None
        with ExitStack() as stack:
            try:
                address = f"tcp://{self.workers.removeprefix(DASK)}"
                client = stack.enter_context(distributed.Client(address, timeout=PATIENCE, set_as_default=False))
            except OSError as error:
                raise BenchError(f"--workers {self.workers}: no Dask scheduler answers there ({error})") from None
            names = list(client.scheduler_info(n_workers=-1)["workers"])
            if not names:
                raise BenchError(f"--workers {self.workers}: the scheduler there has no workers")
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            client.upload_file(_scripts(Path(folder)))
            part = share(load, len(names))
            futures = [
                client.submit(run, part, number, workers=[name], pure=False) for number, name in enumerate(names)
            ]
            try:
                return merged(client.gather(futures))
            except AssertionError as error:  # what multiprocessing says of a daemon's children
                raise BenchError(
                    f"--workers {self.workers}: its workers may not start processes ({error}); start them with "
                    "--no-nanny, or DASK_DISTRIBUTED__WORKER__DAEMON=False"
                ) from None


def _scripts(folder: Path) -> str:
    """The scripts of this folder and what they share, as one file that Python imports from."""
    copied = shutil.copytree(SCRIPTS, folder / "scripts", ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    return shutil.make_archive(str(folder / "fastpaths_benchmarks"), "zip", copied)
