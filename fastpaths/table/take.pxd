# cython: language_level=3
"""Values of columns at given rows, as Columns: numbers are copied, and so are views; long strings are shared."""

from libc.stdint cimport int64_t

from fastpaths.table.key_index cimport KeyIndex


# Column by name, of TableColumns. A row of -1 gives nulls; no other is outside. The caller holds the lock of the keys,
# since many rows are taken without the GIL.
cdef dict take_columns(KeyIndex keys, const int64_t[::1] numbers, tuple columns)
