"""Topics as sources, on an embedded broker."""

import json
from secrets import token_hex

import pyarrow as pa
import pytest

from fastpaths import Table
from fastpaths.kafka import Broker, KafkaProducer
from fastpaths.sources import SourceError, open_source

pytestmark = pytest.mark.embedded
PARTITIONS = 4  # as many as the embedded broker gives a topic
ROWS = 20_000


@pytest.fixture(scope="module")
def broker():
    with Broker("embedded") as broker:
        yield broker.bootstrap_servers


@pytest.fixture
def topic(broker):
    """A topic of trades in JSON, some values of which are null."""
    name = f"trades-{token_hex(4)}"
    producer = KafkaProducer(bootstrap_servers=broker, api_version=(2, 3))
    values = [json.dumps({"id": i, "symbol": f"S{i % 50}", "price": i / 7, "tags": [1]}).encode() for i in range(ROWS)]
    for partition in range(PARTITIONS):
        producer.send_batch(name, values[partition::PARTITIONS], partition=partition)
    producer.flush()
    producer.close()
    return f"kafka://{broker}/{name}?api_version=2.3&fetch_max_wait_ms=1"


def numbers(batch):
    return [json.loads(value)["id"] for value in batch.values]


def test_until_latest_has_every_record_once(topic):
    with open_source(f"{topic}&until=latest&max_partition_fetch_bytes=20000") as source:
        batches = list(source)
    assert sorted(number for batch in batches for number in numbers(batch)) == list(range(ROWS))
    assert pa.schema(batches[0]).equals(source.schema)
    for batch in batches:
        assert numbers(batch) == list(range(numbers(batch)[0], numbers(batch)[-1] + 1, PARTITIONS))


def test_a_position_goes_on_where_it_was(topic):
    rows, kept = [], "null"
    for batches in (1, 2, 10**6):
        with open_source(f"{topic}&until=latest&max_partition_fetch_bytes=20000", json.loads(kept)) as source:
            for _, batch in zip(range(batches), source, strict=False):
                rows += numbers(batch)
                kept = json.dumps(source.position)
    assert sorted(rows) == list(range(ROWS))


@pytest.mark.parametrize("schema", [None, {"id": "int64", "symbol": "category", "price": "float64"}])
def test_json_into_a_table(topic, schema):
    source = open_source(f"{topic}&until=latest&format=json", schema=schema)
    assert source.schema.names == ["id", "symbol", "price"]  # a list is no column
    table = Table.from_arrow(source, key="id")
    assert len(table) == ROWS
    assert table[700] == {"id": 700, "symbol": "S0", "price": 100.0}


def test_a_value_that_is_no_json_is_named(broker):
    name = f"broken-{token_hex(4)}"
    with KafkaProducer(bootstrap_servers=broker, api_version=(2, 3)) as producer:
        producer.send_batch(name, [b'{"id": 1}', b'{"id": ', b"3"], partition=0).get(20)
    source = open_source(f"kafka://{broker}/{name}?api_version=2.3&fetch_max_wait_ms=1&until=latest&format=json")
    assert source.schema.names == ["id"]
    for _ in range(2):
        with pytest.raises(SourceError, match=rf"{name}:0, offset 1: row 1"):
            next(source)


def test_what_is_refused(topic, broker):
    for uri, arguments, problem in (
        (f"{topic}&group_id=g", {"position": {"t:0": 1}}, "its own position"),
        (topic, {"schema": {"id": "int64"}}, "format=json"),
    ):
        with pytest.raises(SourceError, match=problem):
            open_source(uri, **arguments)
    with pytest.raises(SourceError, match="x:0"):
        next(open_source(topic, {"x:0": 1}))
    with pytest.raises(SourceError, match="group_id"):
        open_source(topic).commit()
    with pytest.raises(SourceError, match=r"NoBrokers|Timeout|Bootstrap"):
        next(open_source("kafka://127.0.0.1:1/t?bootstrap_timeout_ms=300"))
