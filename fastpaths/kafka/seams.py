"""What of kafka-python's inside our classes take the place of, and whether the installed version still has it so."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib import import_module
from operator import attrgetter

# The parameters of what is overridden or called.
FETCHER = {
    "kafka.consumer.fetcher:Fetcher.fetch_records": "self max_records update_offsets timeout_ms",
    "kafka.consumer.fetcher:Fetcher.send_fetches": "self",
    "kafka.consumer.fetcher:Fetcher._send_fetches_async": "self",
    "kafka.net.selector:NetworkSelector.call_soon_threadsafe": "self callback",
    "kafka.consumer.fetcher:Fetcher.fetched_records": "self max_records update_offsets",
    "kafka.consumer.fetcher:Fetcher._append": "self drained part max_records update_offsets",
    "kafka.consumer.fetcher:Fetcher._fetchable_partitions": "self",
    "kafka.consumer.fetcher:Fetcher._select_read_replica": "self tp",
    "kafka.consumer.fetcher:Fetcher.PartitionRecords.__init__": "self fetch_offset tp records key_deserializer "
    "value_deserializer check_crcs isolation_level aborted_transactions metric_aggregator on_drain",
    "kafka.consumer.fetcher:Fetcher.PartitionRecords._deserialize": "self deserializer topic headers data",
    "kafka.record.memory_records:MemoryRecords.__init__": "self bytes_data",
    "kafka.record.legacy_records:LegacyRecordBatch._decompress": "self key_offset",
}
TRANSPORT = {
    "kafka.net.compat:KafkaNetClient.__init__": "self net manager configs",
    "kafka.net.compat:KafkaNetClient.connection_delay": "self node_id",
    "kafka.net.compat:KafkaNetClient.in_flight_request_count": "self node_id",
    "kafka.net.selector:NetworkSelector.__init__": "self configs",
    "kafka.net.selector:NetworkSelector._wait_io": "self fileobj event timeout_at",
    "kafka.net.selector:NetworkSelector.register_event": "self fileobj event task",
    "kafka.net.selector:NetworkSelector.unregister_event": "self fileobj event",
    "kafka.net.selector:KernelEvent.__init__": "self method args",
    "kafka.net.manager:KafkaConnectionManager.__init__": "self net configs",
    "kafka.net.manager:KafkaConnectionManager._build_transport": "self node timeout_at",
    "kafka.net.transport:KafkaTCPTransport._read_from_sock": "self",
    "kafka.net.transport:KafkaTCPTransport.write": "self data",
    "kafka.net.connection:KafkaConnection.data_received": "self data",
    "kafka.protocol.parser:KafkaProtocol.receive_bytes": "self data",
    "kafka.protocol.parser:KafkaProtocol._process_response": "self read_buffer",
    "kafka.protocol.parser:KafkaProtocol._validate_frame_size": "self nbytes",
}
PRODUCER = {
    "kafka.producer.kafka:KafkaProducer._wait_on_metadata": "self topic max_wait_ms",
    "kafka.producer.kafka:KafkaProducer._partition": "self topic partition key value serialized_key serialized_value",
    "kafka.producer.kafka:KafkaProducer.max_usable_produce_magic": "api_version",
    "kafka.producer.transaction_manager:TransactionManager.maybe_add_partition_to_transaction": "self topic_partition",
    "kafka.producer.transaction_manager:TransactionManager.set_sequence_number": "self tp sequence",
    "kafka.producer.record_accumulator:RecordAccumulator._tp_lock": "self tp",
    "kafka.producer.record_accumulator:RecordAccumulator.split_and_reenqueue": "self batch now",
    "kafka.producer.producer_batch:ProducerBatch.__init__": "self tp records now",
    "kafka.producer.producer_batch:ProducerBatch._complete_future": "self base_offset timestamp_ms "
    "record_exceptions_fn",
    "kafka.record.memory_records:MemoryRecordsBuilder.append": "self timestamp key value headers",
    "kafka.record.memory_records:MemoryRecordsBuilder.set_producer_state": "self producer_id producer_epoch "
    "base_sequence is_transactional",
    "kafka.partitioner.sticky:StickyPartitioner.on_new_batch": "self topic cluster prev_partition",
}
# What objects have beside their methods.
CONSUMER_HAS = "_fetcher"
FETCHER_HAS = "_fetch_futures _manager _net _next_partition_records _reset_task _subscriptions"
RECORDS_HAS = "_buffer"
PRODUCER_HAS = "_accumulator _closed _metadata _sender _transaction_manager"
ACCUMULATOR_HAS = "_appends_in_progress _batches _closed _incomplete _transaction_manager"


def missing(instance: object, attributes: str) -> str | None:
    """The first of these attributes that it has not."""
    for name in attributes.split():
        if not hasattr(instance, name):
            return f"expected {type(instance).__name__}.{name}, found nothing of that name"
    return None


def mismatch(seam: Mapping[str, str]) -> str | None:
    """The first thing that the installed kafka-python has otherwise; None if all of it is as expected."""
    for place, expected in seam.items():
        module, _, path = place.partition(":")
        try:
            found = " ".join(inspect.signature(attrgetter(path)(import_module(module))).parameters)
        except (ImportError, AttributeError):
            found = "nothing of that name"
        if found != expected:
            return f"expected {path}({expected}), found {found}"
    return None
