"""Columns: many values of one type, stored together. BinaryColumn holds byte strings."""

from .binary import BinaryColumn

__all__ = ["BinaryColumn"]
