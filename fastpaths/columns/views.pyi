from typing import Any

import numpy as np
from numpy.typing import NDArray

from .binary import BinaryColumn

def from_views(
    views: NDArray[np.uint8], buffers: list[Any], length: int, validity: NDArray[np.uint8] | None
) -> BinaryColumn: ...
def from_offsets(data: Any, offsets: NDArray[Any], validity: NDArray[np.uint8] | None) -> BinaryColumn: ...
def concat_binary(columns: list[BinaryColumn]) -> BinaryColumn: ...
