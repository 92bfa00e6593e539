"""The type that Python objects have where no schema says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice
from reprlib import repr as shortened
from typing import Any, Final

import numpy as np

from .errors import located
from .types import Type

SAMPLE: Final = 100  # records, or values, that decide
STR: Final = Type("str")  # what a column without a value is
TYPES: Final = (
    ((bool, np.bool_), Type("bool")),  # before int, which it is as well
    ((int, np.integer), Type("int64")),
    ((float, np.floating), Type("float64")),
    (str, STR),
    (bytes, Type("bytes")),
    (datetime, Type("timestamp")),
)


def infer_schema(records: Sequence[Any]) -> dict[str, Type]:
    """Of the fields of the first SAMPLE dicts, in the order of their appearance."""
    dicts = [record for record in records[:SAMPLE] if isinstance(record, dict)]
    return {name: infer_type(field_of(name, records), name) for name in dict.fromkeys(chain.from_iterable(dicts))}


def field_of(name: str, records: Iterable[Any]) -> Iterator[Any]:
    return (record.get(name) for record in records if isinstance(record, dict))


def infer_type(values: Iterable[Any], name: str | None = None) -> Type:
    """Of the first SAMPLE values; of more, as long as all are None. Among float or Decimal an int is one of them."""
    values = iter(values)
    found = {type_of(value, name) for value in islice(values, SAMPLE) if value is not None}
    if not found:
        found = {type_of(value, name) for value in islice((value for value in values if value is not None), 1)}
    if len(found) > 1:
        found -= {Type("int64")} if all(type.kind in ("int64", "float64", "decimal") for type in found) else set()
        if all(type.kind == "decimal" for type in found):
            found = {max(found, key=lambda type: type.scale)}
    if len(found) > 1:
        kinds = " and ".join(sorted(map(str, found)))
        raise located(TypeError(f"expected values of one type, found {kinds}; give a schema"), name)
    return found.pop() if found else STR


def type_of(value: Any, name: str | None) -> Type:
    for classes, type in TYPES:
        if isinstance(value, classes):
            return type
    if isinstance(value, Decimal) and value.is_finite():
        exponent = value.as_tuple().exponent
        return Type.parse(f"decimal({max(0, -int(exponent))})")
    raise located(TypeError(f"expected a value that a column can hold, found {shortened(value)}"), name)
