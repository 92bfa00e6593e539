"""The installed kafka-python is one that our classes fit; where it is not, a warning, and its own ways."""

import warnings

import kafka
import pytest
from kafka import TopicPartition
from kafka.errors import KafkaConfigurationError
from kafka.net.compat import KafkaNetClient

from fastpaths.kafka import KafkaConsumer, seams
from fastpaths.kafka.consumer import ColumnsUnavailable
from fastpaths.kafka.fetcher import Fetcher
from fastpaths.kafka.transport import FrameClient


@pytest.mark.parametrize("seam", [seams.FETCHER, seams.TRANSPORT], ids=["fetcher", "transport"])
def test_the_installed_kafka_python_fits(seam):
    assert seams.mismatch(seam) is None


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("kafka.consumer.fetcher:Fetcher._fetchable_partitions", "found self"),
        ("kafka.consumer.fetcher:Fetcher.no_such_thing", "found nothing of that name"),
        ("kafka.no_such_module:Fetcher", "found nothing of that name"),
    ],
)
def test_what_differs_is_named(place, found):
    assert seams.mismatch({place: "self other"}).endswith(found)


def values(consumer, poll):
    consumer.assign([TopicPartition("t", 0)])
    while not (found := poll(timeout_ms=5000)):
        pass
    return [record.value for records in found.values() for record in records]


@pytest.mark.embedded
def test_the_fast_path_is_used(broker):
    with (
        warnings.catch_warnings(),
        KafkaConsumer(auto_offset_reset="earliest", **broker.client_options("consumer")) as consumer,
    ):
        warnings.simplefilter("error", UserWarning)
        assert type(consumer._fetcher) is Fetcher
        assert type(consumer._client) is FrameClient
        assert seams.missing(consumer, seams.CONSUMER_HAS) is None
        assert seams.missing(consumer._fetcher, seams.FETCHER_HAS) is None
        assert values(consumer, consumer.poll_batches) == [b"hello"]


@pytest.mark.embedded
def test_a_client_of_the_users_own_is_left(broker):
    class Own(KafkaNetClient):
        pass

    with KafkaConsumer(kafka_client=Own, **broker.client_options("consumer")) as consumer:
        assert type(consumer._client) is Own
        assert type(consumer._fetcher) is Fetcher


@pytest.mark.embedded
def test_where_nothing_fits_it_is_kafka_pythons(broker, monkeypatch):
    monkeypatch.setattr(seams, "mismatch", lambda seam: "expected this, found that")
    with pytest.warns(UserWarning, match=r"expected this, found that.*slower.*no poll_batches") as warned:
        consumer = KafkaConsumer(auto_offset_reset="earliest", **broker.client_options("consumer"))
    assert [warning.filename for warning in warned] == [__file__]
    with consumer:
        assert type(consumer._fetcher) is kafka.consumer.fetcher.Fetcher
        assert type(consumer._client) is KafkaNetClient
        with pytest.raises(ColumnsUnavailable, match="does not work on kafka-python"):
            consumer.poll_batches()
        assert values(consumer, consumer.poll) == [b"hello"]


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("seam", "owner"), [("CONSUMER_HAS", "KafkaConsumer"), ("FETCHER_HAS", "Fetcher"), ("RECORDS_HAS", "MemoryRecords")]
)
def test_where_an_attribute_is_gone_it_is_kafka_pythons(broker, monkeypatch, seam, owner):
    monkeypatch.setattr(seams, seam, f"{getattr(seams, seam)} _renamed")
    with pytest.warns(UserWarning, match=rf"expected {owner}\._renamed, found nothing.*no poll_batches") as warned:
        consumer = KafkaConsumer(auto_offset_reset="earliest", **broker.client_options("consumer"))
    assert len(warned) == 1
    with consumer:
        with pytest.raises(ColumnsUnavailable, match="does not work on kafka-python"):
            consumer.poll_batches()
        assert values(consumer, consumer.poll) == [b"hello"]


@pytest.mark.embedded
def test_an_attribute_that_the_fetcher_has_no_more(broker, monkeypatch):
    def init(self, *arguments, **options):
        was(self, *arguments, **options)
        self._asked = self._fetch_futures
        del self._fetch_futures

    was = kafka.consumer.fetcher.Fetcher.__init__
    monkeypatch.setattr(kafka.consumer.fetcher.Fetcher, "__init__", init)
    with pytest.warns(UserWarning, match=r"expected Fetcher\._fetch_futures, found nothing of that name"):
        consumer = KafkaConsumer(**broker.client_options("consumer"))
    assert type(consumer._fetcher) is kafka.consumer.fetcher.Fetcher
    consumer._fetcher._fetch_futures = consumer._fetcher._asked
    consumer.close()


@pytest.mark.embedded
@pytest.mark.parametrize("name", ["key_deserializer", "value_deserializer"])
def test_columns_have_no_objects_for_a_deserializer(broker, name):
    class Upper(kafka.Deserializer):
        def deserialize(self, topic, headers, data):
            return data and data.upper()

    options = {"auto_offset_reset": "earliest", name: Upper(), **broker.client_options("consumer")}
    with KafkaConsumer(**options) as consumer:
        with pytest.raises(ColumnsUnavailable, match=f"makes no objects that the {name} could be given"):
            consumer.poll_batches()
        assert values(consumer, consumer.poll) == [b"HELLO" if name == "value_deserializer" else b"hello"]


@pytest.mark.embedded
def test_the_limit_of_what_is_decompressed_reaches_the_fetcher(broker):
    with KafkaConsumer(max_decompressed_bytes=12345, **broker.client_options("consumer")) as consumer:
        assert consumer._fetcher.max_decompressed_bytes == 12345
    for wrong in (0, -1, 1.5, None, 2**63):
        with pytest.raises(KafkaConfigurationError, match="max_decompressed_bytes must be an int of at least 1, found"):
            KafkaConsumer(max_decompressed_bytes=wrong)
