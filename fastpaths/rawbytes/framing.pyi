from typing import Literal

from typing_extensions import Buffer

from ..columns import BinaryColumn

def frames(
    buffer: Buffer, width: Literal[1, 2, 4, 8] = 4, byteorder: Literal["big", "little"] = "big"
) -> BinaryColumn: ...
