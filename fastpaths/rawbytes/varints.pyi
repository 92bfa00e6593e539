from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

from ..columns import BinaryColumn

def varint(buffer: Buffer, offset: int = 0, zigzag: bool = False) -> tuple[int, int]: ...
@overload
def varints(buffer: BinaryColumn, zigzag: Literal[False] = False) -> tuple[NDArray[np.uint64], NDArray[np.int64]]: ...
@overload
def varints(buffer: BinaryColumn, zigzag: Literal[True]) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
@overload
def varints(buffer: Buffer, zigzag: Literal[False] = False) -> NDArray[np.uint64]: ...
@overload
def varints(buffer: Buffer, zigzag: Literal[True]) -> NDArray[np.int64]: ...
