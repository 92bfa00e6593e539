"""What the tests around brokers share: one Apache Kafka for the session, and what is told of processes."""

from pathlib import Path

import pytest
from kafka import KafkaProducer

from fastpaths.kafka import Broker
from fastpaths.kafka.broker import LISTENERS


@pytest.fixture(scope="session")
def apache():
    """An Apache Kafka of one node that listens for every security protocol: one for all tests that leave it up."""
    with Broker("apache", listeners=LISTENERS) as broker:
        yield broker


@pytest.fixture(scope="module")
def broker():
    """An embedded one, which has b"hello" in its topic t."""
    with Broker("embedded") as broker:
        with KafkaProducer(**broker.client_options("producer")) as producer:
            producer.send("t", b"hello", partition=0).get(10)
        yield broker


def _is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def is_running():
    """is_running(pid) -> bool: is there a process of that id that is no zombie?"""
    return _is_running
