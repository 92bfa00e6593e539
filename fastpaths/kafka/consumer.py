"""KafkaConsumer: kafka-python's, many times faster."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any, Final

import kafka
from kafka.errors import KafkaConfigurationError
from kafka.record.memory_records import MemoryRecords
from kafka.version import __version__ as installed

from fastpaths.errors import FastpathsError
from fastpaths.kafka import seams
from fastpaths.kafka.reader import MAX_DECOMPRESSED_BYTES

if TYPE_CHECKING:
    from kafka import TopicPartition

    from fastpaths.kafka.consumer_batch import ConsumerBatch


class ColumnsUnavailable(FastpathsError, RuntimeError):
    """poll_batches() of a consumer whose records cannot be had in columns."""


class KafkaConsumer(kafka.KafkaConsumer):  # type: ignore[misc]
    """kafka-python's KafkaConsumer, with the same options and one more. poll() and iteration give the same records;
    poll_batches() gives them in columns, without an object a record.

    max_decompressed_bytes: that record batches may have when decompressed, those together that a poll takes of a
        partition at a time (default 256 MiB). It takes no more than that; a batch that alone has more is corrupt.

    Where the installed kafka-python is not one that this was made for, a warning says so, and it works as that does.
    """

    DEFAULT_CONFIG: Final = {**kafka.KafkaConsumer.DEFAULT_CONFIG, "max_decompressed_bytes": MAX_DECOMPRESSED_BYTES}

    def __init__(self, *topics: str, **configs: Any) -> None:
        most = configs.get("max_decompressed_bytes", MAX_DECOMPRESSED_BYTES)
        if not isinstance(most, int) or not 0 < most <= sys.maxsize:
            raise KafkaConfigurationError(f"max_decompressed_bytes must be an int of at least 1, found {most!r}")
        transport = seams.mismatch(seams.TRANSPORT)
        if transport is None:
            from fastpaths.kafka.transport import FrameClient

            configs.setdefault("kafka_client", FrameClient)
        super().__init__(*topics, **configs)
        fetcher = (
            seams.mismatch(seams.FETCHER)
            or seams.missing(self, seams.CONSUMER_HAS)
            or seams.missing(self._fetcher, seams.FETCHER_HAS)
            or seams.missing(MemoryRecords(b""), seams.RECORDS_HAS)
        )
        self._has_columns = fetcher is None
        if self._has_columns:
            from fastpaths.kafka.fetcher import Fetcher

            self._fetcher.__class__ = Fetcher  # kafka-python has constructed it; nothing is fetched yet
            self._fetcher.max_decompressed_bytes = most
        if problem := fetcher or transport:
            warnings.warn(
                f"fastpaths was not made for kafka-python {installed}: {problem}. "
                f"Its KafkaConsumer is slower with it{', and has no poll_batches()' if fetcher else ''}",
                stacklevel=2,
            )

    def poll_batches(
        self, timeout_ms: float = 0, max_records: int | None = None
    ) -> dict[TopicPartition, ConsumerBatch]:
        """Like poll(): what has been fetched of each partition, at most one batch of each, in columns.

        timeout_ms: how long to wait if there is nothing yet.
        max_records: of all batches together; None for all there are. max_poll_records does not count.

        Alternates freely with poll(). A batch ends where the leader epoch changes, or the type of timestamps.

        Raises ColumnsUnavailable if the consumer has a deserializer: there are no objects to give it. CorruptPartition,
        as poll() does, at a record batch that cannot be read: after those ahead of it were returned, and again at each
        call until a seek() skips it.
        """
        for name in ("key_deserializer", "value_deserializer"):
            if self.config[name] is not None:
                raise ColumnsUnavailable(f"poll_batches() makes no objects that the {name} could be given: use poll()")
        if not self._has_columns:
            raise ColumnsUnavailable(f"poll_batches() does not work on kafka-python {installed}: use poll()")
        self._fetcher.in_columns = True
        try:
            found = super().poll(timeout_ms, sys.maxsize if max_records is None else max_records)
        finally:
            self._fetcher.in_columns = False
        return {partition: batch for partition, (batch,) in found.items()}
