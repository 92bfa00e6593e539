"""Runs of several processes without a broker, whose clients drop, double, damage and die."""

import sys
from pathlib import Path

import numpy as np
import pytest
from _scenario import silence
from _scenario.clients import Clients
from _scenario.flow import flow, phases_of
from _scenario.load import Load
from _scenario.probe import NoBroker, Target
from _scenario.roles import offsets_of
from _scenario.scenario import Scenario, Side
from _scenario.sides import Loopback

from fastpaths.bench.errors import BenchError, WrongAnswer

if (here := str(Path(__file__).parent)) not in sys.path:
    sys.path.append(here)  # where the processes find it, too
import faulty

TARGET = Target("external", "none", "127.0.0.1:1")
LOAD = Load(records=90, warmup=11, size=50, rate=None, seed=1)


def scenario(client, work=None, producers=2, **more):
    side = Side(client, work, name="it") if work else Side(client, name="it")
    return Scenario("test", [side], Clients({}, {}), producers=producers, **more)


def run(wanted, load=LOAD, report=lambda *state: None, every=5.0):
    return flow(TARGET, ("t", "t"), wanted, wanted.sides[0], load, report, every)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(silence, "TIMEOUT", 0.5)
    monkeypatch.setattr(silence, "probe", lambda address, properties: TARGET)


def test_a_closed_loop():
    measured = run(scenario(Loopback()))
    assert (measured.account.sent, measured.account.delivered, measured.sound) == (101, 101, True)
    assert len(measured.received) == 90  # the warm-up is in the account alone
    assert (measured.sent == measured.due).all()
    assert (measured.sent <= measured.received).all()
    assert (measured.timed, measured.open_loop) == (False, False)
    assert measured.statistics() == {"throughput": pytest.approx(measured.nanoseconds / 1e9 / 90)}
    # Its clock begins with the first send after the warm-up, and ends when all has been received and worked on.
    assert measured.nanoseconds >= measured.received.max() - measured.sent.min()


def test_an_open_loop_sends_each_record_at_its_time():
    told = []
    measured = run(
        scenario(Loopback()), Load(records=300, warmup=10, size=50, rate=1000, seed=1), lambda *s: told.append(s), 0.1
    )
    assert measured.sound
    assert (measured.due <= measured.sent).all()
    assert np.diff(np.sort(measured.due)) == pytest.approx(1e6, abs=1)  # the producers take turns
    assert {"p50", "p90", "throughput"} <= measured.statistics().keys()
    assert told
    assert told[-1][1] >= told[-1][2] > 0


def test_what_is_prefilled_is_read_afterwards():
    measured = run(scenario(Loopback(), prefilled=True))
    assert measured.sound
    assert measured.received.min() > measured.sent.max()
    assert not measured.timed


@pytest.mark.parametrize(
    ("fate", "faults"),
    [
        (faulty.dropped, {"lost": 2}),
        (faulty.doubled, {"duplicated": 2}),
        (faulty.damaged, {"lost": 2, "corrupted": 2}),
        (faulty.swapped, {"reordered": 2}),
    ],
)
def test_a_fault_is_found(fate, faults):
    measured = run(scenario(faulty.Faulty(fate=fate)))  # once a producer
    assert (measured.account.faults, measured.sound) == (faults, False)


def test_what_others_send_is_no_fault():
    measured = run(scenario(faulty.Faulty(fate=faulty.foreign)))
    assert measured.account.foreign == 2
    assert measured.account.faults == {}


def test_the_answer_is_compared():
    assert run(scenario(Loopback(), faulty.Count, expected=faulty.expected)).sound
    with pytest.raises(WrongAnswer, match="it: its work gave 100, and should have 101"):
        run(scenario(Loopback(), faulty.Miscount, expected=faulty.expected))


def test_a_producer_that_fails_ends_it():
    measured = run(scenario(faulty.Faulty(fate=faulty.refused)))
    assert measured.stopped == "producer: ValueError: it is too large"
    assert not measured.sound


def test_a_process_that_dies_ends_it():
    measured = run(scenario(faulty.Dying()))
    assert measured.stopped == "consumer: a process of the run ended early, with status 7"
    assert not measured.sound


def test_one_that_cannot_begin_is_an_error():
    with pytest.raises(BenchError, match="a record needs at least 28 bytes"):
        run(scenario(Loopback()), Load(records=10, warmup=0, size=5, rate=None, seed=1))


def test_a_broker_that_is_gone_ends_it(monkeypatch):
    def dead(address, properties):
        raise NoBroker("connection refused")

    monkeypatch.setattr(silence, "SUSPICIOUS", 0.1)
    monkeypatch.setattr(silence, "TIMEOUT", 10)
    monkeypatch.setattr(silence, "probe", dead)
    measured = run(scenario(faulty.Stuck()))
    assert measured.stopped == "the broker no longer answers: connection refused"
    assert measured.account.delivered == 0


@pytest.mark.parametrize("producers", [1, 3, 4])
def test_producers_share_all_records_and_the_schedule(producers):
    wanted = scenario(Loopback(), producers=producers)
    phases = phases_of(wanted, LOAD)
    assert [number for warmup, _ in phases for number in warmup] == [*range(11)]
    assert [number for _, rest in phases for number in rest] == [*range(11, 101)]
    open_loop = Load(records=90, warmup=11, size=50, rate=500, seed=1)
    due = [offsets_of(open_loop, rest, producers, number) for number, (_, rest) in enumerate(phases)]
    every = np.sort(np.concatenate(due))
    assert every[0] == 0
    assert np.diff(every).max() <= 2 * 2_000_000  # a share may be a record longer than another
    assert len(every) == 90
