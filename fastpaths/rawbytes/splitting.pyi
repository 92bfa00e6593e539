from typing import overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

from ..columns import BinaryColumn

@overload
def split(buffer: BinaryColumn, delimiter: bytes) -> tuple[BinaryColumn, NDArray[np.int64]]: ...
@overload
def split(buffer: Buffer, delimiter: bytes) -> BinaryColumn: ...
