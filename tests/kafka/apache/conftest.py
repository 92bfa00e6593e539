"""What the tests on a real Apache Kafka share."""

import itertools

import pytest
from kafka import KafkaAdminClient

NUMBERS = itertools.count()


@pytest.fixture
def make_topic(apache):
    """make_topic(partitions=1, **configs) -> the name of a new topic; underscores stand for the dots of its configs."""

    def make(partitions=1, broker=apache, replicas=1, **configs):
        name = f"topic-{next(NUMBERS)}"
        settings = {key.replace("_", "."): value for key, value in configs.items()}
        with KafkaAdminClient(**broker.client_options("admin")) as admin:
            admin.create_topics(
                {name: {"num_partitions": partitions, "replication_factor": replicas, "configs": settings}},
                wait_for_metadata=True,
            )
        return name

    return make
