# cython: language_level=3
# cython: binding=False, embedsignature.format=clinic
# binding=False: what is called for one record at a time would spend as much on a Cython function as on the record.
"""A table: rows of typed columns under a key."""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from libc.stdint cimport int64_t

from fastpaths.table.cell cimport Cell
from fastpaths.table.column_index cimport ColumnIndex
from fastpaths.table.keys cimport read_key
from fastpaths.table.staging cimport stage
from fastpaths.table.table_column cimport TableColumn

from fastpaths.columns.types import parse_schema

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, object) except? NULL

cdef tuple KEY_KINDS = ("int64", "str", "bytes", "timestamp")


cdef class Table:
    """Rows of typed columns, found by their key.

    schema: column names to types: int64, float64, bool, str, bytes, category (a str of few distinct ones), timestamp
        (microseconds, in Python an aware datetime), decimal(SCALE) (exact, in Python a Decimal).
    key: the column that no two rows share: int64, str, bytes or timestamp, never null. Every other column may be null.
    capacity: rows to make room for at once; the table grows as needed.
    """

    def __init__(self, schema not None, key not None, capacity=0):
        self.schema = parse_schema(schema)
        if key not in self.schema:
            raise ValueError(f"the key {key!r} is no column; the columns are {', '.join(self.schema)}")
        if self.schema[key].kind not in KEY_KINDS:
            raise ValueError(f"the key {key!r} must be one of {', '.join(KEY_KINDS)}, found {self.schema[key]}")
        self.rows = Rows(self.schema, key, capacity)
        self.key = key
        self.blank = dict.fromkeys(self.schema)

    def upsert(self, record, /):
        """Put a record, a mapping of column names to values, in place of the row with its key, if there is one.

        A column that it does not name, or names as None, is null. If it raises, the table is what it was.
        """
        cdef Py_ssize_t i, found = 0
        cdef PyObject *value
        cdef TableColumn column
        cdef tuple columns = self.rows.columns
        cdef list values = [None] * len(columns)  # kept: conversions may run code that changes the record
        cdef dict fields = record if type(record) is dict else dict(record)
        for i in range(len(columns)):
            value = PyDict_GetItemWithError(fields, (<TableColumn>columns[i]).name)
            if value != NULL:
                values[i] = <object>value
                found += 1
        if found != len(fields):
            raise _unknown(self, next(name for name in fields if name not in self.schema))
        if values[self.rows.key] is None:
            raise ValueError(f"the key {self.key!r} is null")
        cdef Cell *cells = <Cell *>PyMem_Malloc(<size_t>len(columns) * sizeof(Cell))
        if cells == NULL:
            raise MemoryError
        try:
            for i in range(len(columns)):
                (<TableColumn>columns[i]).read(values[i], &cells[i])
            self.rows.put(cells)
        finally:
            PyMem_Free(cells)

    def upsert_many(self, columns, /):
        cdef list staged = []
        cdef TableColumn column
        n = columns[self.key].length
        for name in columns:
            if name not in self.schema:
                raise _unknown(self, name)
        for column in self.rows.columns:
            staged.append(stage(column, columns.get(column.name), n))
        return self.rows.put_many(staged, n)

    def delete(self, key, /):
        """Whether there was a row with that key. The last row moves to where it was."""
        cdef Cell cell
        read_key(self.rows.keys.store.kind, key, -1, &cell)
        return self.rows.delete(&cell)

    def find(self, key, /):
        """Row of a key, -1 if it is absent."""
        return self.rows.keys.row_of(key)

    def find_many(self, keys):
        """Rows of many keys: int64[n], -1 for those absent."""
        return self.rows.keys.find_many(keys)

    def get(self, key, default=None, /):
        """The row of a key as a dict, `default` if it is absent."""
        cdef Py_ssize_t row = self.rows.keys.row_of(key)
        return default if row < 0 else _record(self, row)

    def column(self, str name not None):
        cdef TableColumn column
        for column in self.rows.columns:
            if column.name == name:
                return column.snapshot()
        raise _unknown(self, name)

    def create_index(self, str name not None):
        i = self._place(name)
        if self.rows.indexes[i] is None:
            self.rows.indexes[i] = ColumnIndex(self.rows.columns[i])

    def drop_index(self, str name not None):
        i = self._place(name)
        self.rows.indexes[i] = None

    def _index(self, name):
        return self.rows.indexes[self._place(name)]

    cdef Py_ssize_t _place(self, str name) except -1:
        if name not in self.schema:
            raise _unknown(self, name)
        return list(self.schema).index(name)

    @property
    def nbytes(self):
        """Bytes of all its memory: columns, dictionaries, key index and column indexes, with what they have in reserve."""
        return self.rows.nbytes()

    def __getitem__(self, key):
        cdef Py_ssize_t row = self.rows.keys.row_of(key)
        if row < 0:
            raise KeyError(key)
        return _record(self, row)

    def __contains__(self, key):
        return self.rows.keys.row_of(key) >= 0

    def __len__(self):
        return self.rows.keys.store.length

    def __iter__(self):
        return iter(self.rows.keys)

    def __repr__(self):
        columns = ", ".join(f"{name}: {type}" for name, type in self.schema.items())
        return f"<Table of {len(self)} rows by {self.key!r}; {columns}>"


cdef object _record(Table table, Py_ssize_t row):
    cdef dict record = table.blank.copy()
    cdef TableColumn column
    for column in table.rows.columns:
        record[column.name] = column.value(row)
    return record


cdef object _unknown(Table table, object name):
    return ValueError(f"there is no column {name!r}; the columns are {', '.join(table.schema)}")
