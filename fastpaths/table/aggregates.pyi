from collections.abc import Mapping
from typing import Any, Literal

from .plan import Plan
from .source import Source

class Aggregate: ...

def aggregate(
    source: Source,
    function: Literal["count", "sum", "min", "max", "mean"],
    column: str | None = None,
    plan: Plan | None = None,
    params: Mapping[str, Any] | None = None,
) -> Any: ...
