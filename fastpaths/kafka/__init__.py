"""Kafka: kafka-python's consumer and producer, many times as fast; a broker of one's own for tests and first runs."""

from importlib import import_module

# Public name -> the module that defines it. Loaded at first use (PEP 562): `import fastpaths.kafka` starts nothing and
# imports no client.
_HOMES = {
    "BatchesUnavailable": "fastpaths.kafka.producer",
    "BatchFuture": "fastpaths.kafka.batch_future",
    "BatchMetadata": "fastpaths.kafka.batch_future",
    "Broker": "fastpaths.kafka.broker",
    "BrokerError": "fastpaths.kafka.broker",
    "BufferFull": "fastpaths.kafka.accumulator",
    "ColumnsUnavailable": "fastpaths.kafka.consumer",
    "ConsumerBatch": "fastpaths.kafka.consumer_batch",
    "CorruptPartition": "fastpaths.kafka.errors",
    "CorruptRecordBatch": "fastpaths.kafka.errors",
    "KafkaConsumer": "fastpaths.kafka.consumer",
    "KafkaProducer": "fastpaths.kafka.producer",
    "NotDelivered": "fastpaths.kafka.batch_future",
    "RecordTooLarge": "fastpaths.kafka.outgoing",
}

__all__ = [*_HOMES]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    try:
        home = import_module(_HOMES[name])
    except KeyError:
        raise AttributeError(f"module 'fastpaths.kafka' has no attribute {name!r}") from None
    value = globals()[name] = getattr(home, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
