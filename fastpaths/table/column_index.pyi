from typing import Any, final

import numpy as np
from numpy.typing import NDArray

@final
class ColumnIndex:
    def count(self, values: list[Any], /) -> int: ...
    def rows(self, values: list[Any], /) -> NDArray[np.int64]: ...
