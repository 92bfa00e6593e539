"""What can go wrong with a source."""

from __future__ import annotations

from ..errors import FastpathsError


class SourceError(FastpathsError):
    """A source that cannot be opened or read any further. It says which one, where, and never a credential."""


class InvalidURI(SourceError, ValueError):
    """A URI, or a part of one, that no source can be opened by."""


class MissingExtra(SourceError, ImportError):
    """The library that reads this kind of source is not installed."""


class SourceChanged(SourceError, ValueError):
    """What is being read is not what it was: other columns, another size."""
