"""The record-batch codec: what lies in Kafka's logs and travels in its fetch and produce requests, and columns.

decode reads all of a buffer; a RecordReader reads it a part at a time, as columns or as kafka-python's ConsumerRecords.
"""

from fastpaths.kafka.decoded import Records
from fastpaths.kafka.errors import CorruptRecordBatch
from fastpaths.kafka.reader import RecordReader, decode
from fastpaths.kafka.record_batch import RecordBatch

__all__ = ["CorruptRecordBatch", "RecordBatch", "RecordReader", "Records", "decode"]
