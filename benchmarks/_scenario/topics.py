"""The topic of a run: made for it where the broker lets us, and deleted afterwards if we made it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from _scenario.probe import Target

BOOTSTRAP_TIMEOUT_MS = 3_000  # the broker answered a moment ago; if it is gone, nobody wants to wait for that


@contextmanager
def topic(target: Target, name: str, partitions: int = 1) -> Iterator[str]:
    """A topic of that name. One that exists already is used as it is, and kept.

    Where creating is unsupported (the embedded broker) or forbidden, the broker is left to create it at first use.
    """
    made = not target.embedded and _create(target, name, partitions)
    try:
        yield name
    finally:
        if made:
            _delete(target, name)


def _admin(target: Target) -> KafkaAdminClient:
    return KafkaAdminClient(bootstrap_timeout_ms=BOOTSTRAP_TIMEOUT_MS, **target.client_options("admin"))


def _create(target: Target, name: str, partitions: int) -> bool:
    try:
        with _admin(target) as admin:
            # The replication factor is the broker's own default: what its users get.
            admin.create_topics({name: {"num_partitions": partitions}}, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return False
    except KafkaError as error:
        print(f"topic {name}: not created ({error}); left to the broker's auto-creation", file=sys.stderr)
        return False
    return True


def _delete(target: Target, name: str) -> None:
    try:
        with _admin(target) as admin:
            admin.delete_topics([name])
    except KafkaError as error:
        print(f"topic {name}: made for this run, but could not be deleted ({error})", file=sys.stderr)
