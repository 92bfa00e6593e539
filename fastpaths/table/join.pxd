# cython: language_level=3
"""Stream records with the columns of the table row that their key finds. `columns`: TableColumns."""

from fastpaths.table.rows cimport Rows


# One record: a new dict. None where an inner join has no row.
cdef object join_record(Rows rows, dict record, object on, tuple columns, bint inner)

# Many, as `as_columns` takes them: Columns.
cdef object join_columns(Rows rows, object stream, object on, tuple columns, bint inner)
