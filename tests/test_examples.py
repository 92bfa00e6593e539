"""The examples say what they should, on an embedded broker; and none is left out."""

import importlib.util
import json
import runpy
from pathlib import Path

import pytest

from fastpaths.kafka import Broker, KafkaProducer

EXAMPLES = Path(__file__).parent.parent / "examples"

LINES = {
    ("topic_join", "users", "trades?format=json"): [
        "{'user': 'ann', 'amount': 3, 'tier': 'gold'}",
        "{'user': 'bob', 'amount': 4, 'tier': None}",
        "{'user': 'cid', 'amount': 5, 'tier': None}",
    ],
    ("topic_polars", "trades"): [f'│ b"{name}" ┆ 1   ┆ 28' for name in ("ann", "bob", "cid")],
}


@pytest.fixture(scope="module")
def broker():
    with Broker("embedded") as broker:
        with KafkaProducer(**broker.client_options("producer")) as producer:
            users = {"ann": {"tier": "gold"}, "bob": {"tier": "silver"}, "cid": {}}
            values = [json.dumps(user).encode() for user in users.values()]
            keys = [name.encode() for name in users]
            producer.send_batch("users", [*values, None], [*keys, b"bob"], partition=0).get(20)
            trades = [{"user": name, "amount": 3 + i} for i, name in enumerate(users)]
            producer.send_batch("trades", [json.dumps(one).encode() for one in trades], keys, partition=0).get(20)
        yield broker


@pytest.mark.once
@pytest.mark.embedded
@pytest.mark.parametrize("command", LINES, ids=lambda command: command[0])
def test_says(broker, capsys, command):
    name, *topics = command
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(*(_uri(broker, topic) for topic in topics))
    said = capsys.readouterr().out
    assert [line for line in LINES[command] if line not in said] == []


def _uri(broker, topic):
    """To its end. An embedded broker's version must be told."""
    topic, _, options = topic.partition("?")
    return f"kafka://{broker.bootstrap_servers}/{topic}?api_version=2.3&until=latest&{options}".rstrip("&")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_without_arguments_it_says_how_it_is_called(path, monkeypatch):
    monkeypatch.setattr("sys.argv", [str(path)])
    with pytest.raises(SystemExit, match=f"python {path.name} "):
        runpy.run_path(path, run_name="__main__")


def test_all_are_tested():
    elsewhere = "enrich_to_parquet"  # in tests/sources
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {*(name for name, *_ in LINES), elsewhere}
