import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpaths.bench.errors import BenchError
from fastpaths.bench.gate.decision import Gate, Round
from fastpaths.bench.gate.intervals import trimmed_mean
from fastpaths.bench.gate.verdict import Verdict

REGRESSED, IMPROVED, UNCHANGED, INCONCLUSIVE = Verdict


def rounds(center, count, sd=0.01, waiting=0.0, seed=1):
    """Rounds whose estimate is near `center`, and whose wall time is `waiting` more."""
    rng = random.Random(seed)
    errors = [rng.gauss(0, sd) for _ in range(count)]
    return [Round(center + error, center + error + waiting + rng.gauss(0, 0.001)) for error in errors]


def test_looks():
    assert Gate().looks == (8, 10, 12, 15, 20, 25, 30, 40)
    assert Gate(budget=18).looks == (8, 10, 12, 15, 18)
    assert Gate(budget=8).looks == (8,)
    assert Gate(budget=1000).looks[-2:] == (200, 1000)


@pytest.mark.parametrize("count", range(8))
def test_nothing_is_said_before_the_first_look(count):
    decision = Gate().decide(rounds(0, count))
    assert (decision.verdict, decision.final, decision.interval) == (INCONCLUSIVE, False, None)
    assert decision.reason == f"inconclusive: there are {count} rounds, and the first look is due after 8."


def test_unchanged():
    decision = Gate().decide(rounds(0, 40))
    assert (decision.verdict, decision.final, decision.rounds) == (UNCHANGED, True, 8)
    assert decision.interval == trimmed_mean([cpu for cpu, _ in rounds(0, 8)], 0.005 / 3)
    assert decision.level == 0.005 / 3
    assert "8 rounds" in decision.reason
    assert "within the tolerance of 5 %" in decision.reason


@pytest.mark.parametrize(("center", "change"), [(0.05, REGRESSED), (-0.05, IMPROVED)])
def test_a_change_counts_once_it_is_repeated(center, change):
    gate, first = Gate(), rounds(center, 8)
    decision = gate.decide(first)
    assert (decision.verdict, decision.found, decision.final, decision.needs_repeat) == (
        INCONCLUSIVE,
        change,
        False,
        True,
    )
    assert f"counts as {change} once fresh rounds repeat it" in decision.reason
    assert gate.decide(first, rounds(center, 7)) == decision
    decision = gate.decide(first, rounds(center, 8, seed=2))
    assert (decision.verdict, decision.final, decision.needs_repeat) == (change, True, False)
    assert (decision.rounds, decision.fresh) == (8, 8)
    assert decision.reason.startswith(f"{change}: ")


def test_a_change_found_at_the_last_look_can_still_be_repeated():
    decision = Gate(budget=8).decide(rounds(0.05, 8))
    assert (decision.final, decision.needs_repeat) == (False, True)
    assert Gate(budget=8).decide(rounds(0.05, 8), rounds(0.05, 8, seed=2)).verdict is REGRESSED


@pytest.mark.parametrize("center", [0.05, -0.05])
def test_a_passing_disturbance_is_found_out(center):
    decision = Gate().decide(rounds(center, 8), rounds(0, 40, seed=2))
    assert (decision.verdict, decision.final) == (UNCHANGED, True)
    assert decision.fresh > 8


def test_a_repeat_that_contradicts_the_first_leaves_it_open():
    decision = Gate().decide(rounds(-0.1, 8), rounds(0.1, 40, seed=2))
    assert (decision.verdict, decision.final, decision.needs_repeat) == (INCONCLUSIVE, True, False)
    assert decision.found is REGRESSED
    assert "The first looked improved" in decision.reason
    assert "budget of 40 rounds is spent" in decision.reason


def test_noise_leaves_it_open():
    gate, noisy = Gate(budget=20), rounds(0.01, 20, sd=0.3)
    assert not gate.decide(noisy[:-1]).final
    decision = gate.decide(noisy)
    assert (decision.verdict, decision.final, decision.rounds) == (INCONCLUSIVE, True, 20)
    assert "budget of 20 rounds is spent" in decision.reason


@pytest.mark.parametrize("value", [0.0, 0.03, -0.5])
def test_identical_rounds_prove_nothing(value):
    decision = Gate().decide([Round(value, value)] * 40)
    assert (decision.verdict, decision.final) == (INCONCLUSIVE, True)
    assert "do not vary" in decision.reason


@pytest.mark.parametrize("bad", [Round(math.nan, 0.0), Round(0.0, math.inf), Round(-math.inf, 0.0)])
def test_no_verdict_rests_on_a_ratio_that_is_no_number(bad):
    with pytest.raises(BenchError, match=r"round 10: log\(B/A\) must be a finite number"):
        Gate().decide([*rounds(0, 8), rounds(0, 1)[0], bad])
    with pytest.raises(BenchError, match="round 9"):
        Gate().decide(rounds(0.1, 8), [bad])


@pytest.mark.parametrize("waiting", [0.2, -0.2])
def test_waiting_is_not_passed_off_as_unchanged(waiting):
    decision = Gate().decide(rounds(0, 40, waiting=waiting))
    assert (decision.verdict, decision.found, decision.final) == (INCONCLUSIVE, UNCHANGED, True)
    assert decision.wall_excess == pytest.approx(waiting, abs=0.001)
    assert f"Wall time differs by another {math.expm1(waiting):+.0%}"[:-2] in decision.reason
    assert Gate().decide(rounds(0, 40, waiting=waiting / 5)).verdict is UNCHANGED  # less than the tolerance
    assert Gate(clock="wall").decide(rounds(-waiting, 8, waiting=waiting)).verdict is UNCHANGED


def test_noisy_waiting_is_no_excess():
    rng = random.Random(1)
    first = [Round(cpu, 0.2 + rng.gauss(0, 0.3)) for cpu, _ in rounds(0, 8)]
    assert Gate().decide(first).verdict is UNCHANGED


def test_waiting_does_not_hide_a_regression():
    decision = Gate().decide(rounds(0.1, 8, waiting=-0.1), rounds(0.1, 8, waiting=-0.1, seed=2))
    assert decision.verdict is REGRESSED
    assert decision.wall_excess == pytest.approx(-0.1, abs=0.001)


def test_many_cases_at_a_small_tolerance_take_a_surer_repeat():
    assert Gate(0.03, cases=60).repeat_level == Gate(0.02).repeat_level == 0.005
    assert Gate(0.02, cases=60).repeat_level == 0.005 / 60
    first, repeat = rounds(0.02, 8, sd=0.004), rounds(0.02, 40, sd=0.008, seed=2)
    one, many = (Gate(0.02, cases=cases).decide(first, repeat) for cases in (1, 60))
    assert one.verdict is many.verdict is REGRESSED
    assert one.fresh < many.fresh


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(1.0, UNCHANGED), (1.01, UNCHANGED), (1.1, REGRESSED), (0.9, IMPROVED), (1.035, INCONCLUSIVE)],
)
def test_two_results(factor, verdict):
    rng = random.Random(1)
    sd = 0.1 if verdict is INCONCLUSIVE else 0.01
    old, new = ([[side * rng.gauss(1, sd) for _ in range(3)] for _ in range(20)] for side in (1, factor))
    decision = Gate(cases=10).decide_processes(old, new)
    assert (decision.verdict, decision.final, decision.level) == (verdict, True, 0.0005)
    assert decision.reason.startswith(f"{verdict}: ")
    assert "20 and 20 processes" in decision.reason


@pytest.mark.parametrize(
    "options",
    [{"tolerance": 5}, {"tolerance": 0}, {"tolerance": math.nan}, {"budget": 7}, {"cases": 0}, {"clock": "sun"}],
)
def test_options_out_of_range(options):
    ((name, value),) = options.items()
    with pytest.raises(ValueError, match=f"{name} must .* got {value!r}"):
        Gate(**options)


centers = st.sampled_from([-0.06, -0.02, 0, 0.02, 0.03, 0.06])
series = st.builds(
    rounds, centers, st.integers(0, 30), st.sampled_from([0.001, 0.01, 0.03]), st.just(0.0), st.integers(0, 10**6)
)


@given(series, series)
def test_swapping_the_sides_mirrors_the_decision(first, repeat):
    mirror = {REGRESSED: IMPROVED, IMPROVED: REGRESSED}
    gate = Gate(budget=25)
    decision = gate.decide(first, repeat)
    swapped = gate.decide(*([Round(-cpu, -wall) for cpu, wall in part] for part in (first, repeat)))
    assert swapped.verdict is mirror.get(decision.verdict, decision.verdict)
    assert (swapped.final, swapped.needs_repeat) == (decision.final, decision.needs_repeat)
    assert (swapped.rounds, swapped.fresh) == (decision.rounds, decision.fresh)


@given(series, series, st.randoms(use_true_random=False))
def test_the_order_of_rounds_between_two_looks_does_not_matter(first, repeat, rng):
    gate = Gate(budget=25)
    bounds = [0, *gate.looks, 30]

    def shuffled(part):
        pieces = [part[start:end] for start, end in pairwise(bounds)]
        return [measured for piece in pieces for measured in rng.sample(piece, len(piece))]

    assert gate.decide(shuffled(first), shuffled(repeat)) == gate.decide(first, repeat)


@given(series, series)
def test_saved_rounds_lead_to_the_decision_that_was_taken_as_they_came_in(first, repeat):
    gate = Gate(budget=25)
    source, fresh_source = iter(first), iter(repeat)
    seen, fresh = [], []
    try:
        while not (decision := gate.decide(seen, fresh)).final:
            (fresh if decision.needs_repeat else seen).append(next(fresh_source if decision.needs_repeat else source))
    except StopIteration:
        pass
    assert gate.decide(first, repeat) == decision
    assert gate.decide(seen, fresh) == decision
