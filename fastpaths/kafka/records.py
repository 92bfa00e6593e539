"""The record-batch codec: what lies in Kafka's logs and travels in fetch and produce requests, from and to columns.

encode makes a batch, split cuts rows into batches by size. decode reads all of a buffer; a RecordReader reads it a part
at a time, as columns or as kafka-python's ConsumerRecords.
"""

from fastpaths.kafka.decoded import Records
from fastpaths.kafka.encode import encode, split
from fastpaths.kafka.errors import CorruptRecordBatch
from fastpaths.kafka.reader import RecordReader, decode
from fastpaths.kafka.record_batch import RecordBatch

__all__ = ["CorruptRecordBatch", "RecordBatch", "RecordReader", "Records", "decode", "encode", "split"]
