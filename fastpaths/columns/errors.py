"""What columns raise for data that is not what it should be."""

from __future__ import annotations

from ..errors import FastpathsError


class MalformedArrow(FastpathsError, ValueError):
    """Arrow data that contradicts its own layout: a bug of whoever produced it."""


def place(name: str | None, row: int | None = None) -> str:
    """How an error says where: `column 'amount', row 3`."""
    return ", ".join([f"column {name!r}"] * (name is not None) + [f"row {row}"] * (row is not None))


def located(error: Exception, name: str | None, row: int | None = None) -> Exception:
    """The same error, saying where as well."""
    kinds = (kind for kind in (TypeError, OverflowError, ValueError) if isinstance(error, kind))
    where = place(name, row)
    return next(kinds, ValueError)(f"{where}: {error}" if where else str(error))
