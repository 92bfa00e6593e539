"""Tables. KeyIndex finds the row of a key, one at a time or a whole column of keys at once."""

from .key_index import KeyIndex

__all__ = ["KeyIndex"]
