from typing import Any

import numpy as np
from numpy.typing import NDArray

def take_values(values: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]: ...
