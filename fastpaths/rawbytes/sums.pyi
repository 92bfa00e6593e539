from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer

from ..columns import BinaryColumn

@overload
def byte_sum(buffer: BinaryColumn, wrap: Literal[8, 16, 32, 64] | None = None) -> NDArray[np.int64]: ...
@overload
def byte_sum(buffer: Buffer, wrap: Literal[8, 16, 32, 64] | None = None) -> int: ...
