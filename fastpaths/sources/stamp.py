"""A batch's origin as columns: when it was processed, which one it was, and by whom."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow

COLUMNS = ("processed_at", "batch_id", "processor_id")


def stamped(
    batches: Iterable[Any], processor_id: str, first_batch_id: int = 0, now: Callable[[], int] = time.time_ns
) -> Iterator[pyarrow.RecordBatch]:
    """The batches of a source with three columns more: processed_at (timestamp, UTC, in microseconds), batch_id (int64,
    ascending by one) and processor_id (str). Whole columns are made: no record is touched.

    now: nanoseconds since 1970.
    """
    import pyarrow as pa

    processor = pa.array([processor_id])
    for batch_id, batch in zip(count(first_batch_id), batches, strict=False):
        rows = pa.record_batch(batch)
        if taken := [name for name in COLUMNS if name in rows.schema.names]:
            raise ValueError(f"the batch has a column {taken[0]!r} already")
        n = len(rows)
        values = (
            pa.array(np.full(n, now() // 1000)).view(pa.timestamp("us", "UTC")),
            pa.array(np.full(n, batch_id)),
            pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), processor),
        )
        fields = [pa.field(name, value.type) for name, value in zip(COLUMNS, values, strict=True)]
        yield pa.record_batch([*rows.columns, *values], schema=pa.schema([*rows.schema, *fields]))
