# cython: language_level=3
"""Stream records with the columns of the table row that their key finds; join.pxd is the design."""

from cpython.object cimport PyObject

from fastpaths.table.key_index cimport row_of
from fastpaths.table.lock cimport begin_read, end_read
from fastpaths.table.table_column cimport TableColumn
from fastpaths.table.take cimport take_columns

import numpy

from fastpaths.columns import Columns
from fastpaths.columns.errors import no_column
from fastpaths.table.batches import as_columns

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, object) except? NULL
    PyObject *PyDict_SetDefault(object, object, object) except NULL


cdef object join_record(Rows rows, dict record, object on, tuple columns, bint inner):
    cdef Py_ssize_t row, changes, i, n = len(columns)
    cdef TableColumn column
    cdef dict joined
    cdef PyObject *key = PyDict_GetItemWithError(record, on)
    if key == NULL:
        raise ValueError(f"the record has no field {on!r}")
    while True:
        joined = record.copy()
        changes = rows.changes
        row = -1 if <object>key is None else row_of(rows.keys, <object>key)
        if row < 0 and inner:
            return None
        for i in range(n):
            if rows.changes != changes:
                break
            column = <TableColumn>columns[i]
            PyDict_SetDefault(joined, column.name, None if row < 0 else column.value(row))
        if rows.changes == changes:
            break
    if len(joined) != len(record) + n:
        _refuse_clash(record, columns)
    return joined


cdef object join_columns(Rows rows, object stream, object on, tuple columns, bint inner):
    stream = as_columns(stream)
    cdef dict fields = stream._columns, taken
    if on not in fields:
        raise ValueError(no_column(on, fields))
    _refuse_clash(fields, columns)
    begin_read(&rows.keys.lock)  # what is found and what is taken are of one moment
    try:
        found = rows.keys.find_many(fields[on])
        present = found[found >= 0] if inner else found
        taken = take_columns(rows.keys, present, columns)
    finally:
        end_read(&rows.keys.lock)
    n = len(present)
    if n < len(found):
        fields = stream.take(numpy.flatnonzero(found >= 0))._columns
    return Columns._of(fields | taken, n)


cdef int _refuse_clash(dict fields, tuple columns) except -1:
    cdef TableColumn column
    for column in columns:
        if column.name in fields:
            raise ValueError(
                f"both the stream and the table have a column {column.name!r}; choose others with columns="
            )
    return 0
