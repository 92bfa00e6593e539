"""kafka-python's Fetcher with the record batches of a fetch read by compiled code.

Positions, sessions, pauses, resets and metrics stay kafka-python's. Ours is how the records of one partition are taken
from what was fetched, as objects or in columns; when the next are asked for; how an answer is awaited; and two things
that it does when partitions differ in what they have.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from kafka.consumer import fetcher as kafka_python
from kafka.protocol.consumer import IsolationLevel

from fastpaths.kafka.consumer_batch import ConsumerBatch
from fastpaths.kafka.errors import CorruptPartition, CorruptRecordBatch
from fastpaths.kafka.reader import MAX_DECOMPRESSED_BYTES, RecordReader

if TYPE_CHECKING:
    from kafka import TopicPartition

log = logging.getLogger(__name__)
PATIENCE = 1.0  # seconds: the longest wait for an IO thread that may be gone


class Fetcher(kafka_python.Fetcher):  # type: ignore[misc]
    in_columns = False  # what the poll under way asks for
    max_decompressed_bytes = MAX_DECOMPRESSED_BYTES
    _next_partition_records: Any

    def fetch_records(
        self, max_records: int | None = None, update_offsets: bool = True, timeout_ms: float | None = None
    ) -> tuple[dict[Any, Any], bool]:
        """What there is; else send the next requests and wait for an answer, for so long at most. And whether there was
        nothing to wait for.

        kafka-python has the IO thread do the two one after the other, and is woken by a third task of it. And it lets
        the broker wait while what it has sent is worked on.
        """
        found, partial = self._take(max_records, update_offsets)
        if found or partial:
            return found, False
        answered, idle = threading.Event(), False

        async def send() -> None:
            nonlocal idle
            await self._send_fetches_async()
            awaited = list(self._fetch_futures)
            if self._reset_task is not None and not self._reset_task.is_done:
                awaited.append(self._reset_task)
            for future in awaited:
                future.add_both(lambda _: answered.set())
            if not awaited:
                idle = True
                self._ask_for_unknown_topics()
                answered.set()

        self._net.call_soon_threadsafe(send)
        if not answered.wait(PATIENCE if timeout_ms is None else min(timeout_ms / 1000, PATIENCE)):
            self.send_fetches()  # is done after ours, and says what keeps the IO thread from either
        return self._take(max_records, update_offsets)[0], idle

    def _ask_for_unknown_topics(self) -> None:
        """kafka-python forgets to, where one is subscribed to while the first metadata are on their way: these have
        none of its partitions, and the next are those of metadata_max_age_ms later.
        """
        cluster = self._manager.cluster
        if not all(cluster.partitions_for_topic(topic) for topic in self._subscriptions.subscription or ()):
            cluster.request_update()

    def _take(self, max_records: int | None, update_offsets: bool) -> tuple[dict[Any, Any], bool]:
        """What there is. If that is all, the next is asked for meanwhile.

        Not of an iterator: it moves the positions later, and kafka-python asks for the same records twice.
        """
        found, partial = self.fetched_records(max_records, update_offsets)
        if found and not partial and update_offsets:
            try:
                self._net.call_soon_threadsafe(self._send_ahead)
            except Exception as error:  # an IO thread that is gone. What is found is taken; the next poll raises it
                log.debug("Nothing was asked for ahead: %r", error)
        return found, partial

    async def _send_ahead(self) -> None:
        try:
            await self._send_fetches_async()
        except (KeyError, AttributeError, RuntimeError) as error:
            # The consumer's thread has changed assignment or positions under it. The next poll asks, and waits.
            log.debug("Nothing was asked for ahead: %r", error)

    def fetched_records(
        self, max_records: int | None = None, update_offsets: bool = True
    ) -> tuple[dict[Any, Any], bool]:
        # kafka-python takes up a partition that was paused half read, and is resumed, only where this is None: not if
        # another was read to its end, and so perhaps never.
        if not self._next_partition_records:
            self._next_partition_records = None
        found: tuple[dict[Any, Any], bool] = super().fetched_records(max_records, update_offsets)
        return found

    def _append(self, drained: dict[Any, Any], part: PartitionRecords, max_records: int, update_offsets: bool) -> int:
        if self.in_columns and part.topic_partition in drained:
            return max_records  # one ConsumerBatch a partition: the poll ends here, and the next one goes on
        part.in_columns = self.in_columns
        taken: int = super()._append(drained, part, max_records, update_offsets)
        return taken

    def _fetchable_partitions(self) -> list[TopicPartition]:
        """Those to ask for next. While a node's records are still to be taken, it is asked for no partition that has no
        more: it would hold its answer for fetch_max_wait_ms, and what is taken meanwhile could not be asked for.
        """
        partitions: list[TopicPartition] = super()._fetchable_partitions()
        if part := self._next_partition_records:
            node = self._select_read_replica(part.topic_partition)
            return [tp for tp in partitions if self._select_read_replica(tp) != node or self._has_more(tp)]
        return partitions

    def _has_more(self, tp: TopicPartition) -> bool:
        state = self._subscriptions.assignment[tp]
        return state.highwater is None or state.position.offset < state.highwater

    # Where kafka-python's constructs one of its own.
    def PartitionRecords(self, *arguments: Any, **options: Any) -> PartitionRecords:
        return PartitionRecords(*arguments, **options, max_decompressed_bytes=self.max_decompressed_bytes)


class PartitionRecords:
    """The records that one fetch brought of one partition, and how far they are taken.

    What cannot be read raises at every take, ahead of nothing: the records before it are taken first, and position and
    cursor stay at it.
    """

    in_columns = False

    def __init__(
        self,
        fetch_offset: int,
        tp: TopicPartition,
        records: Any,
        key_deserializer: Any = None,
        value_deserializer: Any = None,
        check_crcs: bool = True,
        isolation_level: int = IsolationLevel.READ_UNCOMMITTED,
        aborted_transactions: Any = None,
        metric_aggregator: Any = None,
        on_drain: Callable[[PartitionRecords], object] = lambda _: None,
        *,
        max_decompressed_bytes: int = MAX_DECOMPRESSED_BYTES,
    ) -> None:
        self.topic_partition = tp
        self.drained = False
        self._metrics = metric_aggregator
        self._on_drain = on_drain
        self._deserializers = [_function(key_deserializer), _function(value_deserializer)]
        self._reader = RecordReader(
            records._buffer, fetch_offset, check_crcs=check_crcs, max_decompressed_bytes=max_decompressed_bytes
        )
        self._reader.leave_out_control()
        if isolation_level == IsolationLevel.READ_COMMITTED and aborted_transactions:
            self._reader.leave_out_aborted([(one.producer_id, one.first_offset) for one in aborted_transactions])

    @property
    def next_fetch_offset(self) -> int:
        return self._reader.next_offset

    @property
    def leader_epoch(self) -> int:
        return self._reader.leader_epoch

    @property
    def bytes_read(self) -> int:
        return self._reader.bytes_read

    @property
    def records_read(self) -> int:
        return self._reader.records_read

    def __bool__(self) -> bool:
        return not self.drained

    def take(self, n: int | None = None) -> list[Any] | _Columns:
        topic, partition = self.topic_partition
        taken: list[Any] | _Columns
        try:
            if self.in_columns:
                taken = _Columns(ConsumerBatch(topic, partition, self._reader.take(n, uniform=True)))
            else:
                taken = self._reader.take_records(n, topic, partition, *self._deserializers)
        except CorruptRecordBatch as error:
            raise CorruptPartition(self.topic_partition, error) from error
        if not self._reader:
            self.drain()
        return taken

    def drain(self) -> None:
        if not self.drained:
            self.drained = True
            if self._metrics:
                self._metrics.record(self.topic_partition, self.bytes_read, self.records_read)
            self._on_drain(self)


class _Columns:
    """A ConsumerBatch as the Fetcher handles what is taken: so many records, to be put into a list."""

    def __init__(self, batch: ConsumerBatch) -> None:
        self._batch = batch

    def __len__(self) -> int:
        return len(self._batch)

    def __iter__(self) -> Iterator[ConsumerBatch]:
        yield self._batch


def _function(deserializer: Any) -> Callable[[str, Any, Any], Any] | None:
    """f(topic, headers, data), which calls a deserializer as kafka-python does."""
    if deserializer is None:
        return None
    return partial(kafka_python.Fetcher.PartitionRecords._deserialize, None, deserializer)
