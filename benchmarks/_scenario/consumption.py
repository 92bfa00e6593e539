"""One client reads a topic, in a process of its own: `python -m _scenario.consumption CLIENT`, the task on its stdin.

Each is used as those who know it would: large polls, no group, no commits, short waits where a partition is read to its
end. The clock starts when the first poll gives records, which do not count, and ends with the last one.
"""

import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from _scenario.contestants import Reading, Task, checksum

Batch = Any
POLL = 10_000  # records
POLL_MS = 100  # that a poll waits at most
WAIT_MS = 10  # that the broker waits for more
PATIENCE = 60.0  # seconds without records


@dataclass(frozen=True)
class Client:
    version: str
    poll: Callable[[], Iterable[Batch]]
    values: Callable[[Batch], Iterator[bytes]]
    close: Callable[[], object]


def kafka_python(task: Task) -> Client:
    from kafka import KafkaConsumer

    return _kafka_python(KafkaConsumer, version("kafka-python"), task)


def fastpaths_poll(task: Task) -> Client:
    from fastpaths.kafka import KafkaConsumer

    return _kafka_python(KafkaConsumer, version("fastpaths"), task)


def fastpaths_poll_batches(task: Task) -> Client:
    from fastpaths.kafka import KafkaConsumer

    return _kafka_python(KafkaConsumer, version("fastpaths"), task, "poll_batches")


def fastpaths_byte_sums(task: Task) -> Client:
    """It looks at every byte, too."""
    from fastpaths.rawbytes import byte_sum

    client = fastpaths_poll_batches(task)

    def poll() -> Iterable[Batch]:
        batches = list(client.poll())
        for batch in batches:
            byte_sum(batch.values)
        return batches

    return Client(client.version, poll, client.values, client.close)


def _kafka_python(consumer_class: Any, version: str, task: Task, method: str = "poll") -> Client:
    from kafka import TopicPartition

    consumer = consumer_class(
        **{"fetch_max_wait_ms": WAIT_MS, "max_poll_records": POLL, **task.kafka_python},
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    consumer.assign([TopicPartition(task.topic, partition) for partition in range(task.partitions)])
    poll = getattr(consumer, method)

    def values(batch: Batch) -> Iterator[bytes]:
        return iter(batch.values) if method == "poll_batches" else (record.value for record in batch)

    return Client(version, lambda: poll(timeout_ms=POLL_MS).values(), values, consumer.close)


def confluent(task: Task) -> Client:
    import confluent_kafka

    from _scenario.librdkafka import CONSUMER_LACKS, QUEUE_BACKOFF_MS, configuration

    consumer = confluent_kafka.Consumer(
        {
            "group.id": "unused",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": WAIT_MS,
            "fetch.queue.backoff.ms": QUEUE_BACKOFF_MS,
            "queued.min.messages": 1_000_000,
            **{name: value for name, value in configuration(task.options).items() if name not in CONSUMER_LACKS},
        }
    )
    consumer.assign([confluent_kafka.TopicPartition(task.topic, partition, 0) for partition in range(task.partitions)])

    def poll() -> Iterable[Batch]:
        found = consumer.consume(POLL, POLL_MS / 1000)
        if error := next((message.error() for message in found if message.error() is not None), None):
            raise confluent_kafka.KafkaException(error)
        return [found]

    def values(batch: Batch) -> Iterator[bytes]:
        return (message.value() for message in batch)

    return Client(version("confluent-kafka"), poll, values, consumer.close)


def aiokafka(task: Task) -> Client:
    import asyncio

    import aiokafka

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    async def start() -> Any:
        consumer = aiokafka.AIOKafkaConsumer(
            **{"fetch_max_wait_ms": WAIT_MS, **task.aiokafka},
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        consumer.assign([aiokafka.TopicPartition(task.topic, partition) for partition in range(task.partitions)])
        return consumer

    consumer = loop.run_until_complete(start())

    def poll() -> Iterable[Batch]:
        return loop.run_until_complete(consumer.getmany(timeout_ms=POLL_MS, max_records=POLL)).values()

    def values(batch: Batch) -> Iterator[bytes]:
        return (record.value for record in batch)

    return Client(version("aiokafka"), poll, values, lambda: loop.run_until_complete(consumer.stop()))


CONSUMERS: dict[str, Callable[[Task], Client]] = {
    "fastpaths poll_batches": fastpaths_poll_batches,
    "fastpaths poll_batches, byte_sum": fastpaths_byte_sums,
    "fastpaths poll": fastpaths_poll,
    "kafka-python": kafka_python,
    "aiokafka": aiokafka,
    "confluent-kafka": confluent,
}


def read(client: Client, task: Task) -> Reading:
    total = first = check = 0
    began = cpu_began = 0.0
    wanted = task.records or sys.maxsize
    ended = time.monotonic()
    while total < wanted and not (task.seconds and first and ended - began > task.seconds):
        before = total
        for batch in client.poll():
            total += len(batch)
            if task.checked:
                check += checksum(client.values(batch))
        now = time.monotonic()
        if total > before:
            ended = now
        elif now - ended > PATIENCE:
            raise TimeoutError(f"no records for {PATIENCE:.0f} s after {total} of {wanted}")
        if total and not first:
            first, began, cpu_began = total, now, time.process_time()
        if wanted == sys.maxsize and select.select([sys.stdin], [], [], 0)[0]:
            wanted = int(sys.stdin.readline())
    cpu = time.process_time() - cpu_began
    if task.checked:
        total += sum(map(len, client.poll()))  # nothing may follow
    return Reading(
        client.version, total, total - first, ended - began, cpu, began, ended, check if task.checked else None
    )


def main(name: str) -> None:
    task = Task.loads(sys.stdin.readline())
    client = CONSUMERS[name](task)
    try:
        print("ready", flush=True)
        print(read(client, task).dumps())
    finally:
        client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
