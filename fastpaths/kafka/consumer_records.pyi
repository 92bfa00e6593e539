from kafka.consumer.fetcher import ConsumerRecord

from .decoded import Records
from .reader import Deserialize

FIELDS: tuple[str, ...]

def append_records(
    out: list[ConsumerRecord],
    rows: Records,
    topic: str,
    partition: int,
    deserialize_key: Deserialize | None = None,
    deserialize_value: Deserialize | None = None,
) -> None: ...
