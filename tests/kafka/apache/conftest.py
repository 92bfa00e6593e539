"""What the tests on a real Apache Kafka share."""

import itertools
import subprocess
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from fastpaths.kafka.apache import artefacts

NUMBERS = itertools.count()


@pytest.fixture
def make_topic(apache):
    """make_topic(partitions=1, **configs) -> the name of a new topic; underscores stand for the dots of its configs."""

    def make(partitions=1, broker=apache, replicas=1, **configs):
        name = f"topic-{next(NUMBERS)}"
        settings = {"retention.ms": "-1"}  # the broker would delete records of a time long past
        settings |= {key.replace("_", "."): value for key, value in configs.items()}
        with KafkaAdminClient(**broker.client_options("admin")) as admin:
            admin.create_topics(
                {name: {"num_partitions": partitions, "replication_factor": replicas, "configs": settings}},
                wait_for_metadata=True,
            )
        return name

    return make


@pytest.fixture
def run_java(apache):
    """run_java(name, *arguments) -> what the program of that name, a source beside this one, prints of the broker."""

    def run(name, *arguments):
        source = str(Path(__file__).with_name(f"{name}.java"))
        command = [artefacts.java(), "-cp", f"{artefacts.jars()}/*", source, apache.bootstrap_servers, *arguments]
        return subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120).stdout

    return run
