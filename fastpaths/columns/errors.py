"""What columns raise for data that is not what it should be."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import FastpathsError


class MalformedArrow(FastpathsError, ValueError):
    """Arrow data that contradicts its own layout: a bug of whoever produced it."""


class InvalidJson(FastpathsError, ValueError):
    """A value that is not JSON, or not what the schema says; `row` is its number."""

    def __init__(self, row: int, problem: str, column: str | None = None) -> None:
        super().__init__(row, problem, column)
        self.row = row
        self.problem = problem
        self.column = column

    def __str__(self) -> str:
        return f"{place(self.column, self.row)}: {self.problem}"


def place(name: str | None, row: int | None = None) -> str:
    """How an error says where: `column 'amount', row 3`."""
    return ", ".join([f"column {name!r}"] * (name is not None) + [f"row {row}"] * (row is not None))


def no_column(name: object, names: Iterable[str]) -> str:
    """What an error says of a name that no column has."""
    from difflib import get_close_matches  # which nothing else needs: `import fastpaths.columns` stays cheap

    names = list(names)
    near = get_close_matches(name, names, n=3) if isinstance(name, str) else []
    hint = f"the nearest: {', '.join(map(repr, near))}" if near else f"the columns are {', '.join(names)}"
    return f"there is no column {name!r}; {hint}"


def located(error: Exception, name: str | None, row: int | None = None) -> Exception:
    """The same error, saying where as well."""
    kinds = (kind for kind in (TypeError, OverflowError, ValueError) if isinstance(error, kind))
    where = place(name, row)
    return next(kinds, ValueError)(f"{where}: {error}" if where else str(error))
