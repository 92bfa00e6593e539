"""The figures that are made of samples."""

import json
import math
import random

import pytest

from fastpaths.bench.memory import Footprint
from fastpaths.bench.profiling.profile import Pause, Profile, Slice, direction, slope
from fastpaths.bench.profiling.readers import Sample
from fastpaths.bench.profiling.sampling import Cost
from fastpaths.bench.profiling.showing import facts


def sample(time, rss=50_000_000, **fields):
    defaults = dict.fromkeys(Sample._fields, 0) | {"uss": None, "rss_peak": rss}
    return Sample(**(defaults | {"time": time, "rss": rss} | fields))


def profile(samples, **fields):
    defaults = {"name": "g/f", "group": "g", "unit": "record", "hz": 10, "records": 1000, "cost": Cost(0.01, 2.0, 0)}
    return Profile(samples=samples, **(defaults | fields))


def test_ratios_are_of_the_time_that_was_sampled():
    found = profile(
        [sample(10, user=1.0, system=0.5, voluntary=7), sample(12, user=2.5, system=1.0, voluntary=9)],
        pauses=[Pause(10.5, 0.01, 0), Pause(11, 0.03, 2)],
        memory=Footprint(set_up=9000, kept=1000, peak=5000, allocations=200, items=100),
    )
    assert (found.seconds, found.user, found.system) == (2, 1.5, 0.5)
    assert found.rate == 500
    assert found.records_a_cpu_second == 500
    assert found.gc_share == pytest.approx(0.02)
    assert found.memory.held_an_item == 100
    assert found.grew("voluntary") == 2
    assert found.grew("uss") is None
    assert found.cost.share == 0.005


def test_a_cpu_time_below_the_clocks_steps_gives_no_ratio():
    assert profile([sample(0), sample(1, user=0.02)]).records_a_cpu_second is None


@pytest.mark.parametrize(
    ("rss", "name"),
    [(99_999_999, "excellent"), (100_000_000, "good"), (500_000_000, "acceptable"), (1_000_000_000, "too much")],
)
def test_classes(rss, name):
    assert profile([sample(0), sample(1, rss)]).rss_class == name


def test_the_peak_is_the_kernels_where_it_knows_one():
    assert profile([sample(0, 10, rss_peak=70), sample(1, 20, rss_peak=70)]).peak == 70
    assert profile([sample(0, 30, rss_peak=None), sample(1, 20, rss_peak=None)]).peak == 30


def test_growth_is_found_within_its_interval():
    rng = random.Random(1)
    points = [(i / 10, 5e7 + 1000 * i + rng.gauss(0, 20_000)) for i in range(600)]
    found = slope(points)
    assert found.lower < 10_000 < found.upper
    assert found.upper - found.lower < 10_000
    assert direction(found) == "grows"


def test_noise_is_no_growth():
    """At 0.5 % a side: of 200 series without growth hardly any may look like one that grows or shrinks."""
    rng = random.Random(1)
    alarms = sum(
        direction(slope([(i / 10, rng.gauss(5e7, 1e5)) for i in range(100)])) in ("grows", "shrinks")
        for _ in range(200)
    )
    assert alarms <= 8


def test_what_never_changes_is_known_exactly():
    assert slope([(i, 5e7) for i in range(40)]) == (0, 0, 0)
    assert direction(slope([(i, 5e7) for i in range(40)])) == "no trend"
    assert slope([(i, 5e7) for i in range(19)]) is None


def test_a_single_early_step_is_told():
    found = slope([(i, 5e7 if i > 1 else 4e7) for i in range(40)])
    assert math.isinf(found.upper)
    assert direction(found) == "no trend, but for a step"


def test_a_profile_survives_its_file():
    found = profile(
        [sample(0.0), sample(1.0, uss=3)],
        slices=[Slice(0.5, 10, 0.1, 0.1)],
        pauses=[Pause(0.2, 0.1, 1)],
        memory=Footprint(1, 2, 3, 4, 5),
    )
    assert Profile.from_json(json.loads(json.dumps(found.as_json()))) == found


def test_facts_say_what_belongs_to_the_process_and_what_to_the_host():
    told = dict(facts(profile([sample(0), sample(1, user=0.5, host_received=2_000, disk_read=10)])))
    assert told["network"] == "2.00 kB received, 0 B sent by the whole host"
    assert told["disk"] == "10.0 B read, 0 B written by the process"
    assert "50.0 MB at most: excellent (< 100 MB)" in told["RSS"]
    assert "collector" not in told
