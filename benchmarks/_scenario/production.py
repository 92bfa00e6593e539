"""One client fills a topic, in a process of its own: `python -m _scenario.production CLIENT`, the task on its stdin.

All are given the same list of bytes, which is made before the clock starts, and the same settings: acks, batches of
512 KiB, 5 ms to fill them; each knows the topic's partitions by then. The clock ends when all is acknowledged.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from typing import Any

from _scenario.contestants import Reading, Task, checksum, messages

Values = Sequence[bytes]
Send = Callable[[Values], object]
Flush = Callable[[], object]
STEP = 10_000  # records, after each of which the clock is looked at
BATCH = 512 << 10  # the best of 128 KiB, 512 KiB and 1 MB for those that are limited by it
LINGER_MS = 5


def kafka_python(task: Task) -> tuple[str, Send, Flush]:
    from kafka import KafkaProducer

    producer = KafkaProducer(**_kafka_python(task))
    producer.partitions_for(task.topic)

    def send(values: Values) -> None:
        for value in values:
            producer.send(task.topic, value)

    return version("kafka-python"), send, producer.flush


def fastpaths(task: Task) -> tuple[str, Send, Flush]:
    from fastpaths.kafka import KafkaProducer

    producer = KafkaProducer(**_kafka_python(task))
    producer.partitions_for(task.topic)
    return version("fastpaths"), lambda values: producer.send_batch(task.topic, values), producer.flush


def _kafka_python(task: Task) -> dict[str, Any]:
    return {
        "acks": "all" if task.idempotent else 1,
        "enable_idempotence": task.idempotent,
        "batch_size": BATCH,
        "linger_ms": LINGER_MS,
        "compression_type": None if task.compression == "none" else task.compression,
        **task.kafka_python,
    }


def aiokafka(task: Task) -> tuple[str, Send, Flush]:
    import asyncio

    import aiokafka

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    async def start() -> Any:
        producer = aiokafka.AIOKafkaProducer(
            **{
                "acks": "all" if task.idempotent else 1,
                "enable_idempotence": task.idempotent,
                "max_batch_size": BATCH,
                "linger_ms": LINGER_MS,
                "compression_type": None if task.compression == "none" else task.compression,
                **task.aiokafka,
            }
        )
        await producer.start()
        await producer.partitions_for(task.topic)
        return producer

    producer = loop.run_until_complete(start())

    async def send(values: Values) -> None:
        for value in values:
            await producer.send(task.topic, value)

    return (
        version("aiokafka"),
        lambda values: loop.run_until_complete(send(values)),
        lambda: loop.run_until_complete(producer.flush()),
    )


def confluent(task: Task) -> tuple[str, Send, Flush]:
    producer = _confluent(task)

    def send(values: Values) -> None:
        for value in values:
            while True:
                try:
                    producer.produce(task.topic, value)
                    break
                except BufferError:  # its queue is full
                    producer.poll(0.1)
        producer.poll(0)

    return version("confluent-kafka"), send, producer.flush


def confluent_batches(task: Task) -> tuple[str, Send, Flush]:
    producer = _confluent(task)

    def send(values: Values) -> None:
        waiting = [{"value": value} for value in values]
        while waiting:
            if producer.produce_batch(task.topic, waiting) == len(waiting):
                break
            waiting = [{"value": message["value"]} for message in waiting if "_error" in message]
            producer.poll(0.1)

    return version("confluent-kafka"), send, producer.flush


def _confluent(task: Task) -> Any:
    from confluent_kafka import Producer

    from _scenario.librdkafka import configuration

    producer = Producer(
        {
            "acks": "all" if task.idempotent else 1,
            "enable.idempotence": task.idempotent,
            "batch.size": BATCH,
            "linger.ms": LINGER_MS,
            "compression.type": task.compression,
            "queue.buffering.max.messages": 1_000_000,
            **configuration(task.options),
        }
    )
    producer.list_topics(task.topic, 10)
    return producer


PRODUCERS: dict[str, Callable[[Task], tuple[str, Send, Flush]]] = {
    "fastpaths send_batch": fastpaths,
    "kafka-python": kafka_python,
    "aiokafka": aiokafka,
    "confluent-kafka": confluent,
    "confluent-kafka produce_batch": confluent_batches,
}


def steps(values: list[bytes], seconds: float) -> Iterator[Values]:
    """The values in pieces, until the time is up."""
    step = min(STEP, max(len(values) // 20, 1))
    began = time.monotonic()
    for start in range(0, len(values), step):
        if seconds and time.monotonic() - began > seconds:
            return
        yield values[start : start + step]


def write(version: str, send: Send, flush: Flush, task: Task, values: list[bytes]) -> Reading:
    sent = 0
    began, cpu_began = time.monotonic(), time.process_time()
    for step in steps(values, task.seconds):
        send(step)
        sent += len(step)
    flush()
    ended, cpu = time.monotonic(), time.process_time() - cpu_began
    return Reading(version, sent, sent, ended - began, cpu, began, ended, checksum(values[:sent]))


def main(name: str) -> None:
    task = Task.loads(sys.stdin.readline())
    values = messages(task.records, task.size)
    version, send, flush = PRODUCERS[name](task)
    print("ready", flush=True)
    print(write(version, send, flush, task, values).dumps())


if __name__ == "__main__":
    main(*sys.argv[1:])
