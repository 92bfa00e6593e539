"""Tables. Table holds typed columns under a key; KeyIndex finds the row of a key, or of a column of keys at once."""

from .key_index import KeyIndex
from .table import Table

__all__ = ["KeyIndex", "Table"]
