import numpy as np
from numpy.typing import NDArray

from fastpaths.columns import BinaryColumn

def choose_partitions(keys: BinaryColumn, partitions: int) -> NDArray[np.int32]: ...
