"""The files of a measurement: statistics for pyperf, and beside them the histograms in HDR's log format."""

from collections import Counter
from pathlib import Path

import kafka
import pyperf
from kafka.record.util import crc32c_c

from _scenario.clients import Clients
from _scenario.histogram import HistogramLog
from _scenario.load import Load
from _scenario.measured import Measured
from _scenario.payload import Contents, lz4_share
from _scenario.probe import Target
from fastpaths.bench.errors import BenchError
from fastpaths.bench.results import ResultFile

Metadata = dict[str, str | int | float]


def about(
    target: Target, load: Load, contents: Contents, clients: Clients, client: str, version: str, fixed: bool = False
) -> Metadata:
    """What shapes a run's figures, for its metadata. fixed: the values are the scenario's own, whatever the seed."""
    metadata: Metadata = {
        "broker_kind": target.kind,
        "broker_version": target.version,
        "client": client,
        "client_version": version,
        "kafka_python_version": kafka.__version__,
        "client_crc32c": "pure Python, slow" if crc32c_c is None else "compiled",
        "gc": "enabled",
        "record_size": load.size,
        "warmup_records": load.warmup,
        "lz4_share": round(lz4_share(contents), 3),
        "payload_lines": len(load.lines),
    }
    if not (fixed or load.lines):
        metadata["seed"] = load.seed
    if load.rate is None:
        metadata |= {"loop": "closed", "latency_from": "actual send"}
    else:
        metadata |= {"loop": "open", "records_per_second": load.rate, "latency_from": "intended send time"}
    if target.embedded:
        metadata["comparable"] = "with embedded brokers only: no disk, no replication, no network"
    return metadata | {f"{role}_options": options for role, options in clients.spelled().items()}


class Results:
    """FILE and its .hdr, both whole after every run.

    FILE has one benchmark a statistic, NAME/p50 and so on (throughput: seconds a record), with one value a run. Only a
    run whose every record is accounted for gets there, be it a short one because the user interrupted it, which its
    metadata then say. The log has the histograms of every run.
    """

    def __init__(self, path: Path) -> None:
        """Refuses, before anything is measured, what could not be written."""
        self.path = path
        self.log = HistogramLog(path.with_name(path.name.removesuffix(".gz").removesuffix(".json") + ".hdr"))
        for taken in (self.path, self.log.path):
            if taken.exists():
                raise BenchError(f"{taken} already exists")
        file = ResultFile.opened(str(path), None)
        assert file is not None
        self._file = file
        self._runs: Counter[str] = Counter()

    def add(self, name: str, run: Measured, metadata: Metadata) -> None:
        if not len(run.received):
            return
        self._runs[name] += 1
        tail = f"-{name.rpartition('/')[2]}-{self._runs[name]}" + ("" if run.complete else "-incomplete")
        if run.timed and run.open_loop:
            self.log.add(f"response{tail}", run.began, run.seconds, run.response)
        if run.timed:
            self.log.add(f"service{tail}", run.began, run.seconds, run.service)
        if not run.sound:
            return
        counted = run.counted or len(run.received)
        about = {**metadata, "duration": run.seconds, "num_records": counted}
        if run.stopped is not None:
            about["incomplete"] = run.stopped
        for statistic, seconds in run.statistics().items():
            self.add_one(f"{name}/{statistic}", seconds, about)

    def add_one(self, name: str, seconds: float, metadata: Metadata) -> None:
        """A value."""
        measured = pyperf.Run([seconds], metadata={**metadata, "unit": "second", "name": name})
        self._file.add(pyperf.Benchmark([measured]))
