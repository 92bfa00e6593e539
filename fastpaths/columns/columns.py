"""Columns of one length under their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, overload

from numpy.typing import ArrayLike

from .arrays import as_rows
from .arrow_out import array_capsule, schema_capsule, stream_capsule
from .binary import BinaryColumn
from .builders import build_columns
from .column import Column
from .convert import as_column, cast
from .dicts import dicts_of
from .errors import no_column
from .from_arrow import read_columns
from .infer import infer_schema
from .to_arrow import array_of_columns, field_of_columns
from .types import Type, parse_schema


class Columns:
    """Named columns, equally long: what tables, batches and sources hand around. Read-only; len() counts rows.

    columns["amount"] is a Column, columns[10:20] the same columns of those rows, without a copy of values.

    columns: by name, a Column, a BinaryColumn, an array of numpy (borrowed: it must not change) or Python objects.
    schema: types by name; a column that it does not name has the type that its values have.
    """

    __slots__ = ("_columns", "_length")

    def __init__(self, columns: Mapping[str, Any], schema: Mapping[str, str | Type] | None = None) -> None:
        types = parse_schema(schema or {})
        refuse_unknown(types, columns)
        self._columns: dict[str, Column] = {}
        for name, values in columns.items():
            if not isinstance(name, str):
                raise TypeError(f"a column's name is a str, found {name!r}")
            self._columns[name] = as_column(values, types.get(name), name)
        self._length = equal_length(self._columns)

    @classmethod
    def from_records(cls, records: Iterable[dict[str, Any]], schema: Mapping[str, str | Type] | None = None) -> Columns:
        """Of dicts: a column for each name in the schema, null where a record has no such field or None.

        Without a schema, the first hundred records decide which columns there are and of what types; a column without
        a value is one of str. A field that is no column is refused (ValueError), as is a value that the column's type
        does not take (as in Column.from_values); the error names column and row.
        """
        records = records if isinstance(records, list) else list(records)
        types = parse_schema(infer_schema(records) if schema is None else schema)
        return cls._of(build_columns(types, records), len(records))

    @classmethod
    def from_arrow(cls, source: Any, schema: Mapping[str, str | Type] | None = None) -> Columns:
        """Of anything with __arrow_c_stream__ or __arrow_c_array__: tables of pyarrow, polars, pandas, DuckDB, ours.

        Its memory is borrowed, not copied, where it comes as one array of int64, float64, bool, timestamp[us], or a
        view of str or bytes; of other str and bytes what is not in a view is borrowed. All else is converted: integers
        to int64, floats to float64, dates and timestamps to timestamp (without a zone: taken as UTC), dictionaries of
        str to category, decimals to decimal of their scale, columns without any type to str.

        schema: other types by name: between str, bytes and category, or int64 and decimals or float64, where that keeps
        every value.

        TypeError names the column whose type is none of these; ValueError or OverflowError the column and row of a
        value that does not fit: an integer or decimal of more than 64 bits, a time that is not in whole microseconds,
        bytes that are to be a str and are not UTF-8. MalformedArrow: the source is broken.
        """
        types = parse_schema(schema or {})
        columns, length = read_columns(source)
        refuse_unknown(types, columns)
        for name, type in types.items():
            columns[name] = cast(columns[name], type, name)
        return cls._of(columns, length)

    @classmethod
    def from_json(cls, values: BinaryColumn, schema: Mapping[str, str | Type]) -> Columns:
        """Of one JSON object a value, as they come from Kafka: a column for each name in the schema.

        A field that is missing or null is null; fields that the schema does not name are skipped; where the value
        itself is null, every column is. Numbers become a decimal digit by digit, as do str of digits; a timestamp is a
        str as RFC 3339 has it, with its offset, rounded to microseconds; bytes are base64.

        InvalidJson, with row and column, for a value that is not JSON, not an object, or has a field of another type;
        OverflowError or ValueError for a number that does not fit its column.
        """
        from .from_json import read_json

        return cls._of(read_json(values, parse_schema(schema)), len(values))

    @classmethod
    def _of(cls, columns: dict[str, Column], length: int) -> Columns:
        self = cls.__new__(cls)
        self._columns = columns
        self._length = length
        return self

    @property
    def schema(self) -> dict[str, Type]:
        """The types of the columns, by their names."""
        return {name: column.type for name, column in self._columns.items()}

    @property
    def nbytes(self) -> int:
        """Bytes of all columns; of str and bytes, all that they keep alive."""
        return sum(column.nbytes for column in self._columns.values())

    def take(self, rows: ArrayLike) -> Columns:
        """The rows numbered `rows`; a row of -1 is null in every column. IndexError for any other row outside."""
        numbers = as_rows(rows)
        return self._of({name: column._take(numbers) for name, column in self._columns.items()}, len(numbers))

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dict a row, of values as Column.to_list gives them."""
        return dicts_of({name: column.to_list() for name, column in self._columns.items()}, self._length)

    def __arrow_c_schema__(self) -> Any:
        return schema_capsule(field_of_columns(self.schema))

    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]:
        """A struct of the columns, each as Column has it."""
        return self.__arrow_c_schema__(), array_capsule(array_of_columns(self._columns, self._length))

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The same as a stream, of one array."""
        arrays = (array_of_columns(self._columns, self._length) for _ in range(1))
        return stream_capsule(field_of_columns(self.schema), arrays)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[str]:
        """Over the names, as with a mapping."""
        return iter(self._columns)

    def keys(self) -> Iterable[str]:
        """The names; dict(columns) gives the columns by name."""
        return self._columns.keys()

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    @overload
    def __getitem__(self, key: str) -> Column: ...
    @overload
    def __getitem__(self, key: slice[Any, Any, Any]) -> Columns: ...
    def __getitem__(self, key: str | slice[Any, Any, Any]) -> Column | Columns:
        if isinstance(key, slice):
            length = len(range(*key.indices(self._length)))
            return self._of({name: column[key] for name, column in self._columns.items()}, length)
        try:
            return self._columns[key]
        except KeyError:
            raise KeyError(no_column(key, self._columns)) from None

    def __repr__(self) -> str:
        types = ", ".join(f"{name}: {type}" for name, type in self.schema.items())
        return f"Columns({types}; length={self._length})"


def refuse_unknown(names: Iterable[str], columns: Mapping[str, Any]) -> None:
    for name in names:
        if name not in columns:
            raise ValueError(no_column(name, columns))


def equal_length(columns: Mapping[str, Column]) -> int:
    """The length that they have in common."""
    first = next(iter(columns), None)
    for name, column in columns.items():
        if first is not None and len(column) != len(columns[first]):
            raise ValueError(
                "columns must be equally long, "
                f"found {len(columns[first])} values of {first!r} and {len(column)} of {name!r}"
            )
    return 0 if first is None else len(columns[first])
