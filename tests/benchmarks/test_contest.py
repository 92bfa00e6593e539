"""kafka_clients.py: who takes part, in which order, and what is not believed."""

from dataclasses import replace

import pytest
from _scenario import contest
from _scenario.consumption import Client, read
from _scenario.contestants import Reading, Task, checksum, messages
from _scenario.probe import Target
from _scenario.rounds import rotated

from fastpaths.bench.errors import BenchError

VALUES = messages(100, 20)
WRITTEN = Reading("1.0", 100, 100, 1.0, 0.1, 0.0, 1.0, checksum(VALUES))
TASK = Task("consume", records=100, size=20, partitions=1, seconds=0)


def test_messages_differ_and_have_their_size():
    assert len(set(VALUES)) == 100
    assert {*map(len, VALUES)} == {20}
    assert len(messages(3, 8)[0]) == 8


def test_tasks_and_readings_travel_as_lines():
    task = replace(TASK, options={"api_version": (2, 3), "bootstrap_servers": "here:1"})
    assert Task.loads(task.dumps()).kafka_python == task.options
    assert Reading.loads(WRITTEN.dumps()) == WRITTEN


def test_an_answer_that_comes_with_the_line_before_it_is_not_lost(tmp_path, monkeypatch):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nread -r task\nprintf 'ready\\n%s\\n' \"$task\"\n")
    program.chmod(0o755)
    monkeypatch.setattr(contest.sys, "executable", str(program))
    with contest.process("consumption", "client", TASK) as answer:
        assert Task.loads(answer("")) == TASK


@pytest.mark.parametrize(
    "found",
    [
        replace(WRITTEN, records=99, checksum=checksum(VALUES[1:])),
        replace(WRITTEN, checksum=checksum([*VALUES[1:], VALUES[1]])),  # one lost, and one twice
    ],
)
def test_what_is_lost_or_twice_is_an_error(found):
    contest.check("client", WRITTEN, WRITTEN)
    contest.check("client", replace(WRITTEN, checksum=None), WRITTEN)
    with pytest.raises(BenchError, match=f"client: 100 messages of checksum {WRITTEN.checksum} were written, and"):
        contest.check("client", WRITTEN, found)


def test_each_round_begins_with_another_client():
    rounds = list(rotated(["a", "b", "c"], 4))
    assert [item for _, item in rounds] == [*"abc", *"bca", *"cab", *"abc"]
    assert [number for number, _ in rounds] == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3


def test_a_round_is_told_when_it_is_complete():
    measured = []

    def measure(client):
        measured.append(client)
        return replace(WRITTEN, version=str(len(measured)))

    rounds = contest.complete(["a", "b", "c"], 2, measure)
    first = next(rounds)
    assert measured == [*"abc"]
    second = next(rounds)
    assert measured == [*"abc", *"bca"]
    assert [*first] == [*second] == [*"abc"]
    assert [second[client].version for client in "abc"] == ["6", "4", "5"]


def test_who_is_not_there_is_named(monkeypatch):
    apache = Target("apache", "4.1.1", "here:1")
    monkeypatch.setattr(contest, "find_spec", lambda package: None if package == "aiokafka" else package)
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    present, (aiokafka, kcat, java) = contest.contestants("consume", apache)
    assert present == [client for client in contest.CONSUMERS if client != "aiokafka"]
    assert aiokafka == "aiokafka: not installed"
    assert kcat.startswith("kcat: there is no kcat on PATH")
    assert java.startswith("Kafka's own (Java): Apache Kafka needs Java 17 or newer, and there is no java on PATH")


@pytest.mark.parametrize(
    ("kind", "properties", "why"),
    [("embedded", {}, "not on the embedded broker"), ("apache", {"security.protocol": "SSL"}, "without TLS and SASL")],
)
def test_tools_take_part_where_they_can_talk_to_the_broker(kind, properties, why):
    target = Target(kind, "4.1.1", "here:1", properties)
    tools = [line for line in contest.contestants("consume", target)[1] if line.startswith(("kcat", "Kafka's own"))]
    assert len(tools) == 2
    assert all(why in line for line in tools)


@pytest.mark.parametrize("extra", [[], VALUES[:1]])
def test_a_reading(extra):
    polls = iter([[], [VALUES[:10]], [VALUES[10:60], VALUES[60:]], [extra]])
    client = Client("1.0", lambda: next(polls), iter, lambda: None)
    reading = read(client, replace(TASK, checked=True))
    assert (reading.records, reading.checksum) == (100 + len(extra), checksum(VALUES))
    assert reading.counted == 90 + len(extra)
