"""A real topic as a source: a group that goes on, credentials in a URI, transactions."""

import pytest

from fastpaths.kafka import KafkaProducer
from fastpaths.sources import SourceError, open_source

pytestmark = pytest.mark.apache
ROWS = 20_000
VALUES = [b"%0100d" % i for i in range(ROWS)]


def uri(apache, topic, options, protocol="PLAINTEXT", credentials=""):
    servers = apache.client_options("consumer", protocol)["bootstrap_servers"]
    servers = servers if isinstance(servers, str) else ",".join(servers)
    return f"kafka://{credentials}{servers}/{topic}?until=latest&security_protocol={protocol}&{options}"


def numbers(batch):
    return list(map(int, batch.values))


def test_a_group_goes_on_behind_what_it_committed(apache, make_topic):
    topic, rows = make_topic(2), []
    with KafkaProducer(**apache.client_options("producer")) as producer:
        for partition in range(2):
            producer.send_batch(topic, VALUES[partition::2], partition=partition).get(30)
    for batches in (1, 10**6):
        with open_source(uri(apache, topic, "group_id=g&max_partition_fetch_bytes=200000")) as source:
            for _, batch in zip(range(batches), source, strict=False):
                rows += numbers(batch)
                source.commit()
    assert sorted(rows) == list(range(ROWS))


def test_what_is_read_committed_ends_behind_an_aborted_transaction(apache, make_topic):
    """Nothing visible lies at the end: that must not be waited for."""
    topic = make_topic(1)
    with KafkaProducer(transactional_id=f"{topic}-t", **apache.client_options("producer")) as producer:
        producer.init_transactions()
        for end in (producer.commit_transaction, producer.abort_transaction):
            producer.begin_transaction()
            producer.send_batch(topic, VALUES[:100])
            producer.flush()
            end()
    with open_source(uri(apache, topic, "isolation_level=read_committed")) as source:
        assert [number for batch in source for number in numbers(batch)] == list(range(100))


def test_credentials_of_a_uri(apache, make_topic):
    topic = make_topic(1)
    with KafkaProducer(**apache.client_options("producer")) as producer:
        producer.send_batch(topic, VALUES).get(30)
    options = apache.client_options("consumer", "SASL_PLAINTEXT")
    right = f"{options['sasl_plain_username']}:{options['sasl_plain_password']}@"
    with open_source(uri(apache, topic, "", "SASL_PLAINTEXT", right).rstrip("&")) as source:
        assert sum(map(len, source)) == ROWS
    wrong = uri(apache, topic, "bootstrap_timeout_ms=2000", "SASL_PLAINTEXT", "me:s3cr3t@")
    with pytest.raises(SourceError) as caught:
        next(open_source(wrong))
    assert "s3cr3t" not in str(caught.value)
