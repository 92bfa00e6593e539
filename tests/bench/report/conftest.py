"""One file of every kind that a report shows, small, written by what writes them."""

import json
from dataclasses import asdict

import pyperf
import pytest
from hdrh.histogram import HdrHistogram

from fastpaths.bench import counting, look, selfcheck
from fastpaths.bench.gate import files
from fastpaths.bench.gate.comparison import Comparison, Evidence, Outcome
from fastpaths.bench.gate.contestant import About
from fastpaths.bench.gate.decision import Gate, Round
from fastpaths.bench.gate.intervals import Interval
from fastpaths.bench.memory import Footprint
from fastpaths.bench.profiling.command import Session
from fastpaths.bench.profiling.profile import Pause, Profile, Slice
from fastpaths.bench.profiling.readers import Sample
from fastpaths.bench.profiling.sampling import Cost
from fastpaths.bench.results import Measurement
from fastpaths.bench.versus import Ratio, as_json

LOOKED = ("f", None, 2), ("peer", "g/f", 10)  # name, its case, items a call
SIDE = {"label": "v1", "title": "v1 (abc)", "built_from_source": True, "identity": {"python": "CPython 3.11"}}


def benchmark(name, seconds, *, processes=5, **about):
    """Values that vary a little from process to process."""
    metadata = {"name": name, "unit": "second", **about}
    values = [[seconds * (1 + 0.01 * process + 0.001 * value) for value in range(2)] for process in range(processes)]
    return pyperf.Benchmark([pyperf.Run(each, metadata=metadata, collect_metadata=False) for each in values])


def case(name, seconds, baseline_of=None, **about):
    group = name.partition("[")[0].rpartition("/")[0]
    about |= {"fastpaths_group": group, "fastpaths_answer": "verified", "fastpaths_machine": "a machine"}
    return benchmark(name, seconds, **about, **({"fastpaths_baseline_of": baseline_of} if baseline_of else {}))


def dump(benchmarks, path):
    pyperf.BenchmarkSuite(benchmarks).dump(str(path))
    return path


@pytest.fixture(scope="session")
def times(tmp_path_factory):
    return dump(
        [
            case("g/f[rows=10]", 1e-6),
            case("g/peer[rows=10]", 3e-6, "g/f[rows=10]"),
            case("g/f[rows=1000]", 2e-6),
            case("h/<img src=x onerror=alert(1)>", 1e-3),
        ],
        tmp_path_factory.mktemp("files") / "times.json",
    )


@pytest.fixture(scope="session")
def many(tmp_path_factory):
    """A thousand cases."""
    benchmarks = [case(f"group{i // 20}/f{i % 20}[rows=100]", 1e-6 * (i + 1)) for i in range(1000)]
    return dump(benchmarks, tmp_path_factory.mktemp("files") / "many.json")


@pytest.fixture(scope="session")
def comparison(tmp_path_factory):
    def outcome(name, change, **fields):
        rounds = [Evidence(Round(change + 0.001 * (i % 3), change), (100, 100), i) for i in range(8)]
        return Outcome(name, Gate(), first=rounds, repeat=rounds if change else [], **fields)

    path = tmp_path_factory.mktemp("files") / "comparison.json"
    outcomes = [
        outcome("g/same", 0.0),
        outcome("g/slower", 0.2),
        Outcome("g/broken", Gate(), error="it failed: /a/path/that/is/longer/than/a/phone/is/wide.py"),
    ]
    Comparison(SIDE, SIDE, "a machine", "today", outcomes, [outcome("control", 0.0)]).save(path)
    return path


@pytest.fixture(scope="session")
def versus(tmp_path_factory):
    about = About(1, 10, "record", None)
    ratio = Ratio("g/peer[n=1]", "g", "g/f[n=1]", Interval(0.7, 0.6, 0.8), 8, (1e-6, 2e-6), (about, about))
    path = tmp_path_factory.mktemp("files") / "versus.json"
    path.write_text(json.dumps(as_json([ratio])))
    return path


@pytest.fixture(scope="session")
def counts(tmp_path_factory):
    counted = [
        counting.Count(f"g/f[n={n}]", "g", None, {"n": n}, 100 * n, 1, n, "row", {"python_version": "3.11"})
        for n in (10, 100)
    ]
    path = tmp_path_factory.mktemp("files") / "count.json"
    found = counting.as_json(counted, [counting.growth("g/f", "n", counted)], [])
    path.write_text(json.dumps(found, default=str))
    return path


@pytest.fixture(scope="session")
def profile(tmp_path_factory):
    counts = dict.fromkeys(Sample._fields, 0)
    samples = [
        Sample(**counts | {"time": i / 10, "rss": 10**7 + i, "rss_peak": 10**7, "uss": 10**6}) for i in range(50)
    ]
    found = Profile(
        name="g/f",
        group="g",
        unit="record",
        hz=10,
        records=1000,
        samples=samples,
        cost=Cost(0.01, 5, 0),
        slices=[Slice(i / 10, 20, 0.1, 0.1) for i in range(50)],
        pauses=[Pause(1.0, 0.001, 0), Pause(2.0, 0.01, 2)],
        memory=Footprint(1000, 100, 500, 10, 10),
    )
    path = tmp_path_factory.mktemp("files") / "profile.json"
    path.write_text(json.dumps(Session(profiles=[found]).as_json()))
    return path


@pytest.fixture(scope="session")
def latency(tmp_path_factory):
    """As benchmarks/kafka_latency.py leaves it: statistics, and the log of histograms beside them."""
    folder = tmp_path_factory.mktemp("files")
    about = {"latency_from": "intended send time", "broker_kind": "embedded", "comparable": "with embedded ones only"}
    statistics = {"min": 1e-3, "p50": 2e-3, "p99": 9e-3, "max": 2e-2, "throughput": 1e-2}
    path = dump(
        [benchmark(f"kafka/latency/x/{name}", s, processes=3, **about) for name, s in statistics.items()],
        folder / "latency.json",
    )
    histogram = HdrHistogram(1, 10**12, 3)
    for i in range(1, 1001):
        histogram.record_value(i * 10_000)
    (folder / "latency.hdr").write_text(
        '#[Histogram log format version 1.3]\n"StartTimestamp","Interval_Length","Interval_Max",'
        f'"Interval_Compressed_Histogram"\nTag=response-1,0.0,1.0,10.0,{histogram.encode().decode()}\n'
    )
    return path


@pytest.fixture(scope="session")
def looked(tmp_path_factory):
    seen = [Measurement(f"g/{name}", "g", of, 1e-6 * n**2, None, n, "thing", 8) for name, of, n in LOOKED]
    path = tmp_path_factory.mktemp("files") / "look.json"
    path.write_text(json.dumps({"schema": look.SCHEMA, "cases": list(map(asdict, seen)), "failures": ["g/h raised"]}))
    return path


@pytest.fixture(scope="session")
def selfchecked(tmp_path_factory):
    rounds = [[Round(slower / 100 + 0.001 * (i % 3), slower / 100) for i in range(8)] for slower in (0, 10)]
    equal, slower = Gate().decide(rounds[0]), Gate().decide(rounds[1], rounds[1])
    trials = [selfcheck.Trial("crc32", 0, equal, 2.0), selfcheck.Trial("crc32", 10, slower, 3.0)]
    path = tmp_path_factory.mktemp("files") / "selfcheck.json"
    path.write_text(json.dumps(selfcheck.as_json(trials)))
    return path


@pytest.fixture(scope="session")
def unpaired(times, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    other = dump([case("g/f[rows=10]", 3e-6), case("g/new", 1e-6)], folder / "new.json")
    (folder / "files.json").write_text(json.dumps(files.as_json(*files.compare_files(times, other))))
    return folder / "files.json"


@pytest.fixture(scope="session")
def everything(times, comparison, versus, counts, profile, latency, looked, selfchecked, unpaired):
    return [times, comparison, versus, counts, profile, latency, looked, selfchecked, unpaired]
