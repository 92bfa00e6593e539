"""examples/enrich_to_parquet.py does what it says: a real PostgreSQL, an embedded broker, a file."""

import importlib.util
import json
from pathlib import Path

import pyarrow.parquet
import pytest

from fastpaths.kafka import Broker, KafkaProducer

EXAMPLE = Path(__file__).parents[2] / "examples" / "enrich_to_parquet.py"
TIERS = {"ann": "gold", "bob": "silver"}


@pytest.mark.once
@pytest.mark.embedded
@pytest.mark.postgresql
def test_a_topic_is_enriched_from_a_table(postgres, tmp_path):
    postgres.execute(
        'CREATE TABLE users ("user" text, tier text)',
        *(f"INSERT INTO users VALUES ('{user}', '{tier}')" for user, tier in TIERS.items()),
    )
    trades = [{"user": ("ann", "bob", "cid")[i % 3], "amount": i} for i in range(10_000)]
    with Broker("embedded") as broker:
        with KafkaProducer(**broker.client_options("producer")) as producer:
            producer.send_batch("trades", [json.dumps(trade).encode() for trade in trades], partition=0).get(20)
        spec = importlib.util.spec_from_file_location("example", EXAMPLE)
        example = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(example)
        topic = f"kafka://{broker.bootstrap_servers}/trades?until=latest&format=json&api_version=2.3"
        example.main(f"{postgres.quoted}?table=users", topic, tmp_path / "trades.parquet")
    rows = pyarrow.parquet.read_table(tmp_path / "trades.parquet").to_pylist()
    assert rows == [{**trade, "tier": TIERS.get(trade["user"])} for trade in trades]
