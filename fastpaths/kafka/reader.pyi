from collections.abc import Callable, Iterable
from typing import Any, final

from kafka.consumer.fetcher import ConsumerRecord
from typing_extensions import Buffer

from .decoded import Records
from .record_batch import RecordBatch

MAX_DECOMPRESSED_BYTES: int

Deserialize = Callable[[str, list[tuple[str, bytes | None]], bytes | None], Any]

@final
class RecordReader:
    def __init__(
        self,
        buffer: Buffer,
        start_offset: int = 0,
        *,
        check_crcs: bool = True,
        max_decompressed_bytes: int = ...,
    ) -> None: ...
    @property
    def batches(self) -> list[RecordBatch]: ...
    @property
    def consumed(self) -> int: ...
    @property
    def next_offset(self) -> int: ...
    @property
    def leader_epoch(self) -> int: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def records_read(self) -> int: ...
    def take(self, n: int | None = None, *, uniform: bool = False) -> Records: ...
    def take_records(
        self,
        n: int | None,
        topic: str,
        partition: int,
        deserialize_key: Deserialize | None = None,
        deserialize_value: Deserialize | None = None,
    ) -> list[ConsumerRecord]: ...
    def leave_out_control(self) -> None: ...
    def leave_out_aborted(self, transactions: Iterable[tuple[int, int]]) -> None: ...
    def __bool__(self) -> bool: ...

def decode(buffer: Buffer, *, check_crcs: bool = True, max_decompressed_bytes: int = ...) -> Records: ...
