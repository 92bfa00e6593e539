# cython: language_level=3
"""Byte strings as text."""

from fastpaths.columns.binary cimport Span

cdef object utf8_error(Span span)  # None where the bytes are UTF-8, else the UnicodeDecodeError
