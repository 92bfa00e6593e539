from typing import overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

from ..columns import BinaryColumn

@overload
def count(buffer: BinaryColumn, byte: int | bytes) -> NDArray[np.int64]: ...
@overload
def count(buffer: Buffer, byte: int | bytes) -> int: ...
@overload
def positions(buffer: BinaryColumn, byte: int | bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
@overload
def positions(buffer: Buffer, byte: int | bytes) -> NDArray[np.int64]: ...
