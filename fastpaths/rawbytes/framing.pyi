from typing import Literal, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

from ..columns import BinaryColumn

_Width: TypeAlias = Literal[1, 2, 4, 8]
_ByteOrder: TypeAlias = Literal["big", "little"]

@overload
def frames(
    buffer: BinaryColumn, width: _Width = 4, byteorder: _ByteOrder = "big"
) -> tuple[BinaryColumn, NDArray[np.int64]]: ...
@overload
def frames(buffer: Buffer, width: _Width = 4, byteorder: _ByteOrder = "big") -> BinaryColumn: ...
