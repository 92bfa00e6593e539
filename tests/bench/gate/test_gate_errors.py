"""How often the gate is wrong, by simulation: rounds with a known truth and the noise of a shared machine.

The tests hold the rates to bounds with some hundred cases each; run as a script, this prints the table at the head of
fastpaths/bench/gate.py from 10,000 cases a cell, in a few minutes.
"""

import random
from collections import Counter
from math import log1p

import pytest
from scipy.stats import beta

from fastpaths.bench.gate.decision import Gate, Round
from fastpaths.bench.gate.verdict import Verdict

BUDGET = 40


def normal(rng, sd):
    return [rng.gauss(0, sd) for _ in range(BUDGET)]


def heavy_tailed(rng, sd):
    """One round in five is three to ten times as noisy: a neighbour on the same host."""
    return [rng.gauss(0, sd * (rng.uniform(3, 10) if rng.random() < 0.2 else 1)) for _ in range(BUDGET)]


def drifting(rng, sd):
    """Half of sd more drifts, with a memory of some five rounds: the rounds are not independent."""
    drift, errors = rng.gauss(0, sd / 2), []
    for _ in range(BUDGET):
        errors.append(drift + rng.gauss(0, sd))
        drift = 0.8 * drift + 0.6 * rng.gauss(0, sd / 2)
    return errors


def simulate(cases, noise, sd, slowdown, tolerance=0.05):
    """The verdicts on `cases` cases whose B takes 1 + slowdown times as long as A, and the mean number of rounds."""
    rng = random.Random(f"{noise.__name__} {sd} {slowdown} {tolerance}")
    gate = Gate(tolerance, BUDGET, cases=60)
    verdicts, rounds = Counter(), 0
    for _ in range(cases):
        first, repeat = (
            [Round(log1p(slowdown) + error, log1p(slowdown) + error + rng.gauss(0, 0.005)) for error in noise(rng, sd)]
            for _ in range(2)
        )
        decision = gate.decide(first)
        if decision.needs_repeat:
            decision = gate.decide(first, repeat)
        assert decision.final
        verdicts[decision.verdict] += 1
        rounds += decision.rounds + decision.fresh
    return verdicts, rounds / cases


def upper_bound(events, cases):
    """95 % upper bound of a probability (Clopper and Pearson)."""
    return beta.ppf(0.95, events + 1, cases - events)


QUIET = [(normal, 0.01), (normal, 0.015), (heavy_tailed, 0.015), (drifting, 0.015)]
LOUD = [(normal, 0.03), (heavy_tailed, 0.03)]
CASES = 300


@pytest.mark.parametrize(("noise", "sd"), [*QUIET, *LOUD])
def test_no_change_is_hardly_ever_called_one_and_seldom_left_open(noise, sd):
    verdicts, rounds = simulate(CASES, noise, sd, 0)
    assert upper_bound(verdicts[Verdict.REGRESSED] + verdicts[Verdict.IMPROVED], CASES) < 0.01
    assert verdicts[Verdict.UNCHANGED] > 0.98 * CASES
    assert rounds < 20


@pytest.mark.parametrize(("noise", "sd"), [*QUIET, *LOUD])
def test_a_slowdown_of_the_tolerance_is_caught(noise, sd):
    verdicts, _ = simulate(CASES, noise, sd, 0.05)
    assert verdicts[Verdict.REGRESSED] >= 0.98 * CASES
    assert verdicts[Verdict.UNCHANGED] < 0.01 * CASES


@pytest.mark.parametrize(("noise", "sd"), [*QUIET, (normal, 0.03)])
def test_most_slowdowns_of_three_percent_are_caught(noise, sd):
    assert simulate(CASES, noise, sd, 0.03)[0][Verdict.REGRESSED] >= 0.7 * CASES


@pytest.mark.parametrize(("noise", "sd"), QUIET)
def test_a_quarter_of_the_tolerance_is_let_through(noise, sd):
    assert simulate(CASES, noise, sd, 0.0125)[0][Verdict.REGRESSED] < 0.05 * CASES


@pytest.mark.parametrize(("noise", "sd"), QUIET)
def test_a_tolerance_of_two_percent_holds_over_many_cases(noise, sd):
    verdicts, _ = simulate(CASES, noise, sd, 0, tolerance=0.02)
    assert upper_bound(verdicts[Verdict.REGRESSED] + verdicts[Verdict.IMPROVED], CASES) < 0.01
    assert simulate(CASES, noise, sd, 0.02, tolerance=0.02)[0][Verdict.REGRESSED] >= 0.88 * CASES


def print_table(cases=10_000):
    for tolerance, noises in ((0.05, [*QUIET, *LOUD, (drifting, 0.03)]), (0.02, QUIET)):
        for noise, sd in noises:
            results = [simulate(cases, noise, sd, part * tolerance, tolerance) for part in (0, 0.25, 0.6, 1)]
            verdicts = [{verdict: 100 * result[0][verdict] / cases for verdict in Verdict} for result in results]
            rounds = [result[1] for result in results]
            print(
                f"{tolerance:4.0%}  {noise.__name__.replace('_', '-'):12} {sd:6.1%}"
                f" {verdicts[0]['regressed'] + verdicts[0]['improved']:12.2f} {verdicts[0]['inconclusive']:6.1f}"
                f" {rounds[0]:8.1f} {verdicts[1]['regressed']:12.1f} {verdicts[2]['regressed']:10.1f} {rounds[2]:7.1f}"
                f" {verdicts[3]['regressed']:10.2f} {verdicts[3]['unchanged']:7.2f} {rounds[3]:7.1f}",
                flush=True,
            )


if __name__ == "__main__":
    print_table()
