"""Columns: many values of one type, stored together. A BinaryColumn of byte strings, a Column of any type, and Columns:
several of them under their names."""

from .binary import BinaryColumn
from .column import Column
from .columns import Columns
from .errors import InvalidJson, MalformedArrow
from .types import Type

__all__ = ["BinaryColumn", "Column", "Columns", "InvalidJson", "MalformedArrow", "Type"]
