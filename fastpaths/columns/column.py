"""A column of any type: read-only, and never changed once built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from operator import index as as_int
from reprlib import repr as shortened
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import as_rows, unpacked
from .arrow_out import array_capsule, schema_capsule
from .binary import BinaryColumn
from .bits import count_bits, slice_bits, take_bits, take_validities
from .column_data import ColumnData
from .gather import take_values
from .text import decode
from .to_arrow import array_of, field_of
from .types import Type

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXACT = Context(prec=19)  # the digits of an int64


class Column(ColumnData):
    """Values of one type, some of them perhaps null. Read-only; slices share its memory.

    Made by from_values, by from_arrow, and by Columns. Whoever makes one of parts of their own vouches for them:

    values: int64 (also of timestamp and decimal), float64, packed bits as uint8 (bool), int32 numbers of categories (0
        for a null one), or a BinaryColumn (str: of UTF-8; bytes).
    validity: packed bits as uint8, a set one for a value that is there; None where no value is null. A BinaryColumn has
        its own.
    categories: of a category column, the distinct str that its numbers stand for.

    Arrays are contiguous, aligned, and at least as long as `length` asks for.
    """

    __slots__ = ()

    @classmethod
    def from_values(cls, type: str | Type, values: Iterable[Any], *, name: str | None = None) -> Column:
        """Of Python objects; None is null.

        int64: int, and numpy's integers, but no bool. float64: numbers of numpy and int as well. category: str.
        timestamp: datetime with a time zone. decimal: Decimal, int, or str, of no more digits than the scale says.

        name: of the column, for the errors: TypeError, ValueError, OverflowError, each naming the row.
        """
        from .builders import build_column

        return build_column(Type.parse(type), values if isinstance(values, list) else list(values), name)

    @classmethod
    def from_arrow(cls, source: Any, type: str | Type | None = None, *, name: str | None = None) -> Column:
        """Of anything with __arrow_c_stream__ or __arrow_c_array__: see Columns.from_arrow."""
        from .convert import cast
        from .from_arrow import read_column

        column = read_column(source, name)
        return column if type is None else cast(column, Type.parse(type), name)

    @property
    def null_count(self) -> int:
        """How many values are null."""
        if isinstance(self.values, BinaryColumn):
            return self.values.null_count
        return 0 if self.validity is None else self.length - count_bits(self.validity, self.length)

    @property
    def nbytes(self) -> int:
        """Bytes of its values, of their validity, and of categories; a BinaryColumn's are all that it keeps alive."""
        return sum(part.nbytes for part in (self.values, self.validity, self.categories) if part is not None)

    def take(self, rows: ArrayLike) -> Column:
        """The values at `rows`, integers; a row of -1 gives a null. IndexError for any other row outside.

        Values of str and bytes columns that are longer than 12 bytes are shared, not copied.
        """
        return self._take(as_rows(rows))

    def _take(self, rows: NDArray[np.int64]) -> Column:
        if isinstance(self.values, BinaryColumn):
            return Column(self.type, len(rows), self.values.take(rows))
        validity = take_validities(self.validity, self.length, rows)
        if self.type.kind == "bool":
            return Column(self.type, len(rows), take_bits(self.values, self.length, rows), validity)
        return Column(self.type, len(rows), take_values(self.values, rows), validity, self.categories)

    def is_valid(self) -> NDArray[np.bool_]:
        """True for a value that is there, False for a null."""
        if isinstance(self.values, BinaryColumn):
            return self.values.is_valid()
        return np.ones(self.length, np.bool_) if self.validity is None else unpacked(self.validity, self.length)

    def to_list(self) -> list[Any]:
        """Its values as Python's own objects: int, float, bool, str, bytes, Decimal, and datetime in UTC; None for a
        null. OverflowError for a timestamp that is no datetime (years 1 to 9999)."""
        if isinstance(self.values, BinaryColumn):
            return list(self.values) if self.type.kind == "bytes" else decode(self.values)
        if self.validity is None:
            return self._objects(self.values)
        valid = self.is_valid()
        if self.type.kind == "bool":
            objects = self._objects(self.values)
        else:
            objects = self._objects(np.where(valid, self.values, 0))  # whatever lies under a null
        return [value if is_valid else None for value, is_valid in zip(objects, valid.tolist(), strict=True)]

    def _objects(self, values: NDArray[Any]) -> list[Any]:
        if self.type.kind == "bool":
            values = unpacked(values, self.length)
        objects: list[Any] = values.tolist()
        if self.categories is not None:
            categories = decode(self.categories) or [None]  # the number of a null is 0, even where there are none
            return [categories[number] for number in objects]
        if self.type.kind == "timestamp":
            return [EPOCH + timedelta(0, 0, value) for value in objects]
        if self.type.kind == "decimal":
            return [Decimal(value).scaleb(-self.type.scale, EXACT) for value in objects]
        return objects

    def to_numpy(self) -> Any:
        """Its values as a numpy array without a copy where that is possible, or as a BinaryColumn; where some are null,
        a pair of those and is_valid(). What stands in an array for a null may be anything.

        int64, float64, bool: arrays of that. timestamp: datetime64[us]. decimal: int64, in units of 10**-scale. str,
        bytes, category: a BinaryColumn.
        """
        values = self._array()
        return (values, self.is_valid()) if self.null_count else values

    def _array(self) -> NDArray[Any] | BinaryColumn:
        if isinstance(self.values, BinaryColumn) or self.categories is not None:
            return self.as_binary()
        if self.type.kind == "bool":
            return unpacked(self.values, self.length)
        return self.values.view("datetime64[us]") if self.type.kind == "timestamp" else self.values

    def as_binary(self) -> BinaryColumn:
        """The values of a str, bytes or category column."""
        if self.categories is not None:
            return self.categories.take(np.where(self.is_valid(), np.asarray(self.values), np.int64(-1)))
        if not isinstance(self.values, BinaryColumn):
            raise TypeError(f"expected a column of str, bytes or category, found {self.type}")
        return self.values

    def __arrow_c_schema__(self) -> Any:
        return schema_capsule(field_of(self.type))

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        """Without a copy, but for decimals, which Arrow has in 16 bytes, and the list of categories.

        str and bytes are string_view and binary_view, a category is a dictionary of int32 over utf8, a decimal one of
        precision 19. requested_schema is not heeded, as the protocol allows.
        """
        return self.__arrow_c_schema__(), array_capsule(array_of(self))

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_list())

    @overload
    def __getitem__(self, key: int) -> Any: ...
    @overload
    def __getitem__(self, key: slice[Any, Any, Any]) -> Column: ...
    def __getitem__(self, key: int | slice[Any, Any, Any]) -> Any:
        """A value as to_list gives it, or the column of a slice."""
        if isinstance(key, slice):
            return self._slice(range(*key.indices(self.length)))
        row = as_int(key)
        if not -self.length <= row < self.length:
            raise IndexError(f"value {key} of a column of {self.length} values")
        row %= self.length
        return self[row : row + 1].to_list()[0]

    def _slice(self, rows: range) -> Column:
        start, n = rows.start, len(rows)
        if rows.step != 1:
            return self.take(np.arange(start, rows.stop, rows.step))
        if isinstance(self.values, BinaryColumn):
            return Column(self.type, n, self.values[start : start + n])
        is_bool = self.type.kind == "bool"
        values = slice_bits(self.values, start, n) if is_bool else self.values[start : start + n]
        validity = None if self.validity is None else slice_bits(self.validity, start, n)
        return Column(self.type, n, values, validity, self.categories)

    def __repr__(self) -> str:
        shown = shortened(self[:7].to_list())  # reprlib shows six
        return f"Column({self.type}, {shown}, length={self.length})"
