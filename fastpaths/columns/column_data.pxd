# cython: language_level=3
"""What a Column consists of; column.py says what each part is.

Read-only, and made sooner than a frozen dataclass is: small batches cost little else than making their columns.
"""


cdef class ColumnData:
    cdef readonly object type
    cdef readonly Py_ssize_t length
    cdef readonly object values
    cdef readonly object validity
    cdef readonly object categories
