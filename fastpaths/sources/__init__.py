"""Sources: one URI, columns out."""

from .errors import InvalidURI, MissingExtra, SourceChanged, SourceError
from .source import Source, open_source
from .stamp import stamped
from .uri import SourceURI

__all__ = [
    "InvalidURI",
    "MissingExtra",
    "Source",
    "SourceChanged",
    "SourceError",
    "SourceURI",
    "open_source",
    "stamped",
]
