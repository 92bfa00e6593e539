"""Strategies and configurations refuse what cannot be, and are values. (What they do: test_batcher.py.)"""

import copy
import dataclasses
import math
import pickle
import sys

import pytest

from fastpaths.batch import AdaptiveSize, BatchConfig, FixedSize, LowLatency, MegaBatch, MemoryBased, TimeWindow

VALID = [
    FixedSize(),
    TimeWindow(0.5),
    AdaptiveSize(10, 1_000, 0.1),
    MemoryBased(2**20, size=len),
    LowLatency(),
    MegaBatch(),
    BatchConfig.high_throughput(),
    BatchConfig.ultra_throughput(),
]
COUNTS = [
    (FixedSize, "batch_size"),
    (MemoryBased, "max_bytes"),
    (LowLatency, "max_batch_size"),
    (lambda min_batch_size: AdaptiveSize(min_batch_size, 5, 1), "min_batch_size"),
    (lambda max_batch_size: AdaptiveSize(1, max_batch_size, 1), "max_batch_size"),
    (MegaBatch, "batch_size"),
    (BatchConfig, "max_batch_size"),
]
DURATIONS = [
    (TimeWindow, "duration"),
    (LowLatency, "max_wait"),
    (lambda target_latency: AdaptiveSize(1, 2, target_latency), "target_latency"),
    (BatchConfig, "batch_timeout"),
]


@pytest.mark.parametrize(("make", "name"), COUNTS)
@pytest.mark.parametrize("count", [0, -1, sys.maxsize + 1])
def test_a_count_out_of_range(make, name, count):
    with pytest.raises(ValueError, match=f": {name} must be from 1 to {sys.maxsize}, got {count}"):
        make(**{name: count})


@pytest.mark.parametrize(("make", "name"), COUNTS)
@pytest.mark.parametrize("count", ["1", 1.5, None])
def test_a_count_that_is_none(make, name, count):
    with pytest.raises(TypeError, match=f": {name} must be an int, got {count!r}"):
        make(**{name: count})


@pytest.mark.parametrize(("make", "name"), DURATIONS)
@pytest.mark.parametrize("seconds", [0, -0.5, math.inf, math.nan])
def test_a_duration_out_of_range(make, name, seconds):
    with pytest.raises(ValueError, match=f": {name} must be more than 0 seconds and finite, got {seconds}"):
        make(**{name: seconds})


@pytest.mark.parametrize(("make", "name"), DURATIONS)
def test_a_duration_that_is_none(make, name):
    with pytest.raises(TypeError, match=f": {name} must be a number of seconds, got '1s'"):
        make(**{name: "1s"})


def test_inverted_bounds():
    with pytest.raises(ValueError, match="min_batch_size must be at most max_batch_size, got 10 and 9"):
        AdaptiveSize(10, 9, 1)


def test_a_size_that_is_no_function():
    with pytest.raises(TypeError, match="size must be a function of a record, got 5"):
        MemoryBased(10, size=5)


def test_a_configuration_is_of_a_strategy():
    with pytest.raises(TypeError, match="strategy must be a Strategy, got 100"):
        BatchConfig(100)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"strategy": FixedSize(60_000)}, "max_batch_size is 50000, and FixedSize.* goes up to 60000"),
        ({"strategy": AdaptiveSize(1, 9, 1), "max_batch_size": 8}, "max_batch_size is 8, and AdaptiveSize.* up to 9"),
        ({"strategy": TimeWindow(2)}, r"batch_timeout is 1\.0, and TimeWindow\(duration=2\) goes up to 2"),
    ],
)
def test_a_strategy_beyond_its_configuration(bounds, message):
    with pytest.raises(ValueError, match=message):
        BatchConfig(**bounds)


def test_the_presets():
    high, ultra = BatchConfig.high_throughput(), BatchConfig.ultra_throughput()
    assert high == BatchConfig(MegaBatch(50_000), max_batch_size=100_000, batch_timeout=0.1)
    assert ultra == BatchConfig(MegaBatch(100_000), max_batch_size=100_000, batch_timeout=0.05)


@pytest.mark.parametrize("strategy", VALID, ids=repr)
def test_strategies_are_values(strategy):
    assert copy.copy(strategy) == pickle.loads(pickle.dumps(strategy)) == strategy
    assert len({strategy, copy.copy(strategy)}) == 1
    field = dataclasses.fields(strategy)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(strategy, field, 1)
