"""Partitions of keys: kafka-python's own partitioner is the oracle."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner import DefaultPartitioner

from fastpaths import BinaryColumn
from fastpaths.kafka.murmur2 import choose_partitions


def kafka_pythons(key, partitions):
    cluster = SimpleNamespace(
        topics=lambda: {"t"},
        partitions_for_topic=lambda topic: set(range(partitions)),
        available_partitions_for_topic=lambda topic: set(),
    )
    return DefaultPartitioner().partition("t", key, key, None, None, cluster)


@given(st.lists(st.none() | st.binary(max_size=40)), st.integers(1, 1000))
def test_is_kafka_pythons_choice(keys, partitions):
    found = choose_partitions(BinaryColumn.from_values(keys), partitions)
    assert found.tolist() == [-1 if key is None else kafka_pythons(key, partitions) for key in keys]


@pytest.mark.parametrize("count", [1023, 1024, 5000])
def test_many(count):
    keys = [b"%d" % i * (i % 7) for i in range(count)]
    found = choose_partitions(BinaryColumn.from_values(keys), 12)
    assert found.tolist() == [kafka_pythons(key, 12) for key in keys]


def test_a_slice_with_nulls():
    column = BinaryColumn.from_values([b"a", None, b"b", None, b"c"])[1:4]
    assert choose_partitions(column, 5).tolist() == [-1, kafka_pythons(b"b", 5), -1]


def test_no_partitions():
    with pytest.raises(ValueError, match="at least one partition, found 0"):
        choose_partitions(BinaryColumn.from_values([b"a"]), 0)
