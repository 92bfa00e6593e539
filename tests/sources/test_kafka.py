"""Topics as sources, on an embedded broker."""

import contextlib
import json
import threading
from secrets import token_hex

import anyio
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


@contextlib.contextmanager
def record_that_comes_later(broker, topic):
    """Ends a wait that nothing else does; it yields whether it had to."""
    came = threading.Event()

    def send():
        came.set()
        with KafkaProducer(bootstrap_servers=broker, api_version=(2, 3)) as producer:
            producer.send_batch(topic, [b'{"id": -1}'], partition=0).get(20)

    timer = threading.Timer(20, send)
    timer.start()
    try:
        yield came
    finally:
        timer.cancel()
        timer.join()


def idle(broker, partitions_have):
    """A topic that has so many records in each partition, and the URI of a source of it."""
    name = f"idle-{token_hex(4)}"
    with KafkaProducer(bootstrap_servers=broker, api_version=(2, 3)) as producer:
        for partition in range(PARTITIONS):
            producer.send_batch(name, [b'{"id": %d}' % i for i in range(partitions_have)], partition=partition).get(20)
    return name, f"kafka://{broker}/{name}?api_version=2.3&fetch_max_wait_ms=1"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_wait_for_records_can_be_cancelled_and_loses_none(broker, backend):
    name, uri = idle(broker, partitions_have=3)

    async def read(source, rows):
        with anyio.move_on_after(1):
            async for batch in source:
                rows += numbers(batch)

    async def main():
        rows = []
        with open_source(uri) as source, record_that_comes_later(broker, name) as came:
            await read(source, rows)
            assert sorted(rows) == sorted([0, 1, 2] * PARTITIONS)
            assert not came.is_set()
            with KafkaProducer(bootstrap_servers=broker, api_version=(2, 3)) as producer:
                producer.send_batch(name, [b'{"id": 7}'], partition=1).get(20)
            await read(source, rows)
        assert rows[3 * PARTITIONS :] == [7]

    anyio.run(main, backend=backend)


def ask_asynchronously(source):
    return anyio.run(source.__anext__)


def ask_for_the_schema(source):
    return source.schema


@pytest.mark.parametrize(
    ("options", "ask"),
    [
        ("", next),
        ("", ask_asynchronously),
        ("&group_id=g", next),
        ("&format=json", ask_asynchronously),
        ("&format=json", ask_for_the_schema),
        ("&format=json&group_id=g", next),
    ],
)
def test_closed_by_another_thread_during_a_wait(broker, options, ask):
    name, uri = idle(broker, partitions_have=0)
    source, errors = open_source(uri + options), []

    def wait():
        try:
            ask(source)
        except SourceError as error:
            errors.append(str(error))

    waiting = threading.Thread(target=wait)
    with record_that_comes_later(broker, name) as came:
        waiting.start()
        waiting.join(1)
        assert waiting.is_alive()
        source.close()
        waiting.join()
        assert not came.is_set()
    assert errors == [f"{source.uri} is closed"]


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
