from collections.abc import Iterable, Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike

from fastpaths.columns import BinaryColumn

Values = BinaryColumn | Sequence[bytes | None]
Headers = Iterable[Iterable[tuple[str, bytes | None]] | None]

def encode(
    values: Values,
    keys: Values | None = None,
    headers: Headers | None = None,
    timestamps: ArrayLike | None = None,
    *,
    base_offset: int = 0,
    producer_id: int = -1,
    producer_epoch: int = -1,
    base_sequence: int = -1,
    is_transactional: bool = False,
    compression: Literal["gzip", "snappy", "lz4", "zstd"] | None = None,
) -> bytes: ...
def split(
    values: Values,
    keys: Values | None = None,
    headers: Headers | None = None,
    timestamps: ArrayLike | None = None,
    *,
    max_bytes: int,
) -> list[slice[Any, Any, Any]]: ...
