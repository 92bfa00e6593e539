# cython: language_level=3
# cython: binding=False, embedsignature.format=clinic
# binding=False: what is called for one record at a time would spend as much on a Cython function as on the record.
"""A table, for Python; table.pxd is its design."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from libc.stdint cimport int64_t

from fastpaths.table.cell cimport Cell
from fastpaths.table.column_index cimport ColumnIndex
from fastpaths.table.hash_table cimport MAX_ROWS
from fastpaths.table.join cimport join_columns, join_record
from fastpaths.table.key_index cimport row_of
from fastpaths.table.keys cimport read_key
from fastpaths.table.lock cimport begin_read, end_read, wait_for_readers
from fastpaths.table.staging cimport stage
from fastpaths.table.table_column cimport TableColumn
from fastpaths.table.take cimport take_columns

import numpy

from fastpaths.columns import Columns
from fastpaths.columns.column import as_rows
from fastpaths.columns.errors import no_column
from fastpaths.columns.from_arrow import read_batches
from fastpaths.columns.types import parse_schema
from fastpaths.table.aggregates import aggregate
from fastpaths.table.batches import as_columns, check_place
from fastpaths.table.changelog import apply_changes
from fastpaths.table.plan import Plan
from fastpaths.table.scan import select

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, object) except? NULL

cdef enum:
    PLANS = 256       # that are kept

cdef tuple KEY_KINDS = ("int64", "str", "bytes", "timestamp")


cdef class Table:
    """Rows of typed columns, found by their key.

    schema: types by column name: int64, float64, bool, str, bytes, category (a str of few distinct ones), timestamp
        (µs in UTC; in Python an aware datetime), decimal(SCALE) (exact; in Python a Decimal).
    key: the column that no two rows share: int64, str, bytes or timestamp. It is never null; any other column may be.
    capacity: rows to make room for at once; the table grows as needed.

    Rows are dense: row numbers are 0 … len - 1, and deleting one moves the last row there. They hold until the next
    change. Whatever a method gives out is a snapshot that no later change of the table shows in.

    Threads may share a table. Reads of many rows let go of the GIL; whoever changes the table meanwhile waits.
    """

    def __cinit__(self, schema not None, str key not None, Py_ssize_t capacity=0):
        self.schema = parse_schema(schema)
        if key not in self.schema:
            raise ValueError(no_column(key, self.schema))
        if self.schema[key].kind not in KEY_KINDS:
            raise ValueError(f"the key {key!r} is of type {self.schema[key]}; it may be {', '.join(KEY_KINDS)}")
        self.rows = Rows(self.schema, key, capacity)
        self.key = key
        self.places = {name: place for place, name in enumerate(self.schema)}
        self.blank = dict.fromkeys(self.schema)
        self.source = TableSource(self.rows, self.schema)
        self.plans = {}
        self.others = tuple([column for column in self.rows.columns if (<TableColumn>column).name != key])

    @classmethod
    def from_records(cls, records, schema=None, *, key):
        """A table of dicts. Without a schema, the first hundred of them decide which columns there are."""
        columns = Columns.from_records(records, schema)
        table = cls(columns.schema, key, len(columns))
        table.upsert_many(columns)
        return table

    @classmethod
    def from_arrow(cls, data, *, key):
        """A table of anything with Arrow: a frame of polars or pandas, a pyarrow Table, a result of DuckDB, Columns.

        A stream is taken batch by batch: there is never more of it in memory than the table and what is on its way.
        """
        cdef Py_ssize_t done = 0
        schema, batches = read_batches(data)
        said = getattr(data, "num_rows", None)  # pyarrow's name for it, and a Source's
        total = min(said, MAX_ROWS) if isinstance(said, int) else 0
        table = None
        for columns, n in batches:
            if table is None:
                table = cls(schema, key, n)
            _upsert(table, Columns._of(columns, n), done, max(0, total - done - n))
            done += n
        return cls(schema, key) if table is None else table

    def upsert(self, record, /):
        """Put a record, a mapping of column names to values, in place of the row with its key, if there is one.

        A column that it does not name is null, as is one of None. TypeError, ValueError, OverflowError for what a
        column does not take: nothing has changed then.
        """
        cdef Py_ssize_t i, n = len(self.rows.columns), found = 0
        cdef PyObject *value
        cdef dict fields = record if type(record) is dict else dict(record)
        cdef list values = [None] * n  # kept: to convert one may run code, which may change the record
        for i in range(n):
            value = PyDict_GetItemWithError(fields, (<TableColumn>self.rows.columns[i]).name)
            if value != NULL:
                values[i] = <object>value
                found += 1
        if found != len(fields):
            for name in fields:
                self.place(name)
        if values[self.rows.key] is None:
            raise ValueError(f"the key {self.key!r} is null")
        cdef Cell *cells = <Cell *>PyMem_Malloc(<size_t>n * sizeof(Cell))
        if cells == NULL:
            raise MemoryError
        try:
            for i in range(n):
                (<TableColumn>self.rows.columns[i]).read(values[i], &cells[i])
            self.rows.put(cells)
        finally:
            PyMem_Free(cells)

    def upsert_many(self, records, /):
        """Put many records, and say where: int64[n] rows. Of records with one key the last counts.

        records: Columns, anything with Arrow, or dicts. A column that is missing is null. Strings, categories, int64
        and decimals are converted as long as every value stays what it is. If it raises, nothing has changed.
        """
        return _upsert(self, as_columns(records, self.schema), 0, 0)

    def apply(self, keys, values, decode):
        """A part of a changelog, such as a compacted topic is one: for each key its last value counts, and a null value
        deletes the row.

        keys: as find_many takes them, none of them null. values: equally many, a BinaryColumn or anything that makes
            one. decode: a function from a BinaryColumn, without nulls, to Columns or what upsert_many takes; what it
            says in the key's column does not count.
        """
        apply_changes(self, keys, values, decode)

    def delete(self, key, /):
        """Delete the row of a key; False if there is none. The last row moves to where it was."""
        cdef Cell cell
        read_key(self.rows.keys.store.kind, key, -1, &cell)
        return self.rows.delete(&cell)

    def delete_many(self, keys):
        """Delete the rows of many keys, as find_many takes them, and say how many there were."""
        return self.rows.delete_many(keys)

    def get(self, key, default=None, /):
        """The row of a key, as a dict; `default` if there is none."""
        record = _record(self, key)
        return default if record is None else record

    def find(self, key, /):
        """Row of a key, -1 if it is absent."""
        return <long>row_of(self.rows.keys, key)  # fits, and CPython makes an int of a long sooner than of a Py_ssize_t

    def find_many(self, keys):
        """Rows of many keys: int64[n], -1 for those absent.

        keys: a list or tuple; a numpy array of integers or datetime64; a BinaryColumn, which probes a key of str as
            UTF-8; a Column, or anything with Arrow. A null in a column is absent. Of all but lists no Python object is
            made for a key.
        """
        return self.rows.keys.find_many(keys)

    def column(self, name, /):
        """All values of a column, in the order of rows, as Column.to_numpy gives them: an array of numpy or a
        BinaryColumn, mostly without a copy; where some are null a pair of that and is_valid()."""
        return (<TableColumn>self.rows.columns[self.place(name)]).snapshot().to_numpy()

    def take(self, rows, columns=None):
        """The rows of these numbers, as Columns; of row -1, which is what find_many gives for an absent key, all are
        null.

        columns: names, None for all. IndexError for any other row outside. Long strings are shared, not copied.
        """
        chosen = self.chosen(columns)
        rows = as_rows(rows)
        begin_read(&self.rows.keys.lock)
        try:
            _check_rows(rows, self.rows.keys.store.length)
            return Columns._of(take_columns(self.rows.keys, rows, chosen), len(rows))
        finally:
            end_read(&self.rows.keys.lock)

    def where(self, predicate, /, params=None):
        """The rows where a predicate is true: int64[n], ascending. Its plan is kept for the next time.

        predicate: as SQL has it, with :name for what the mapping `params` holds; Plan says what there is.
        """
        return self.plan(predicate).rows(self.source, params)

    def explain(self, predicate, /, params=None):
        """How `where` would find its rows: by which index, in what order, and how many are left after each step."""
        return self.plan(predicate).explain(self.source, params)

    def count(self, column=None, where=None, params=None):
        """How many values of a column are not null; how many rows there are, without a column. `where`: only of those
        rows, as in all aggregates."""
        return aggregate(self.source, "count", column, self.plan(where), params)

    def sum(self, column, where=None, params=None):
        """Sum of a column's values; None if there are none. Of int64 and decimal it is exact: OverflowError if it does
        not fit."""
        return aggregate(self.source, "sum", column, self.plan(where), params)

    def min(self, column, where=None, params=None):
        """The least value of a column; None if there is none."""
        return aggregate(self.source, "min", column, self.plan(where), params)

    def max(self, column, where=None, params=None):
        """The greatest value of a column; None if there is none."""
        return aggregate(self.source, "max", column, self.plan(where), params)

    def mean(self, column, where=None, params=None):
        """Mean of a column's values, a Decimal of decimals; None if there are none."""
        return aggregate(self.source, "mean", column, self.plan(where), params)

    def scan(self, batch_size, columns=None, where=None, params=None):
        """Columns of at most batch_size rows, one after the other: the table as it is now, whatever comes meanwhile."""
        check_place("batch_size", batch_size, 1)
        chosen = self.chosen(columns)
        filters = None if where is None else self.plan(where).filters(self.source, params)
        begin_read(&self.rows.keys.lock)
        try:
            rows = None if where is None else select(self.source, filters)
            snapshot = _snapshot(self, chosen)
        finally:
            end_read(&self.rows.keys.lock)
        return _batches(snapshot, rows, batch_size)

    def page(self, offset, limit, columns=None):
        """At most `limit` rows from number `offset` on, as Columns, without a copy of values."""
        check_place("offset", offset, 0)
        check_place("limit", limit, 0)
        return _snapshot(self, self.chosen(columns))[offset : offset + limit]

    def join(self, stream, on, columns=None, how="left"):
        """Stream records with the columns of the row whose key is in their field `on`.

        stream: Columns, anything with Arrow, or dicts; the result is Columns. Or one record, a dict: the result is a
            new dict, or None where an inner join has no row.
        columns: names of the table's columns to add; None for all but the key. ValueError if the stream has one of
            them.
        how: "left": where there is no row for a record, the columns are null; "inner": such records are left out. A
            null finds no row.
        """
        if how != "left" and how != "inner":
            raise ValueError(f"how must be 'left' or 'inner', found {how!r}")
        cdef tuple chosen = self.others if columns is None else self.chosen(columns)
        if isinstance(stream, dict):
            return join_record(self.rows, stream, on, chosen, how == "inner")
        return join_columns(self.rows, stream, on, chosen, how == "inner")

    def create_index(self, column, /):
        """Keep an index of a column, by which a predicate finds the rows of a value. The key has its own."""
        cdef Py_ssize_t place = self.place(column)
        if place == self.rows.key:
            raise ValueError(f"column {column!r} is the key, which has an index")
        if self.rows.indexes[place] is None:
            self.rows.indexes[place] = ColumnIndex(self.rows.columns[place])

    def drop_index(self, column, /):
        """Forget the index of a column, if it has one."""
        cdef Py_ssize_t place = self.place(column)
        wait_for_readers(&self.rows.keys.lock)
        self.rows.indexes[place] = None

    @property
    def indexes(self):
        """Names of the columns that have an index."""
        return [name for name, index in zip(self.schema, self.rows.indexes) if index is not None]

    @property
    def nbytes(self):
        """Bytes of all its memory, used or in reserve: columns, categories, key index, column indexes."""
        return self.rows.nbytes()

    def __arrow_c_schema__(self):
        return _snapshot(self, self.rows.columns).__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema=None):
        """All rows, in one array, without a copy of values."""
        return _snapshot(self, self.rows.columns).__arrow_c_stream__(requested_schema)

    def __getitem__(self, key):
        record = _record(self, key)
        if record is None:
            raise KeyError(key)
        return record

    def __contains__(self, key):
        return row_of(self.rows.keys, key) >= 0

    def __len__(self):
        return self.rows.keys.store.length

    def __iter__(self):
        return iter(self.rows.keys)

    def __repr__(self):
        columns = ", ".join(f"{name}: {type}" for name, type in self.schema.items())
        return f"Table({columns}; key={self.key!r}, length={len(self)})"

    cdef Py_ssize_t place(self, object name) except -1:
        place = self.places.get(name)
        if place is None:
            raise ValueError(no_column(name, self.schema))
        return place

    cdef object plan(self, object text):
        if text is None:
            return None
        plan = self.plans.get(text)
        if plan is None:
            plan = Plan(text, self.schema)
            if len(self.plans) >= PLANS:
                self.plans.clear()
            self.plans[text] = plan
        return plan

    cdef tuple chosen(self, object names):
        if names is None:
            return self.rows.columns
        if isinstance(names, str):
            raise TypeError(f"columns must be a list of names, found {names!r}")
        return tuple([self.rows.columns[self.place(name)] for name in names])


def _batches(snapshot, rows, batch_size):
    for start in range(0, len(snapshot if rows is None else rows), batch_size):
        part = slice(start, start + batch_size)
        yield snapshot[part] if rows is None else snapshot.take(rows[part])


cdef dict _record(Table table, object key):
    """None: there is no row."""
    cdef Rows rows = table.rows
    cdef Py_ssize_t row, changes, i
    cdef TableColumn column
    cdef dict record = table.blank.copy()
    while True:
        changes = rows.changes
        row = row_of(rows.keys, key)
        if row < 0:
            return None
        for i in range(len(rows.columns)):
            if rows.changes != changes:
                break
            column = <TableColumn>rows.columns[i]
            record[column.name] = column.value(row)
        if rows.changes == changes:
            return record


cdef object _upsert(Table table, object columns, Py_ssize_t first, Py_ssize_t more):
    """first: the number of their first row, for errors. more: how many will come after them, as somebody says."""
    cdef TableColumn column
    cdef list staged = []
    for name in columns:
        table.place(name)
    if table.key not in columns:
        raise ValueError(f"the records have no key: the column {table.key!r} is missing")
    if columns[table.key].null_count:
        row = first + int(numpy.flatnonzero(~columns[table.key].is_valid())[0])
        raise ValueError(f"column {table.key!r}, row {row}: the key is null")
    for column in table.rows.columns:
        staged.append(stage(column, columns[column.name] if column.name in columns else None, len(columns)))
    return table.rows.put_many(staged, len(columns), more)


cdef int _check_rows(const int64_t[::1] rows, Py_ssize_t length) except -1:
    cdef Py_ssize_t i
    for i in range(rows.shape[0]):
        if not -1 <= rows[i] < length:
            raise IndexError(f"rows[{i}] = {rows[i]} of a table of {length} rows")
    return 0


cdef object _snapshot(Table table, tuple columns):
    cdef TableColumn column
    begin_read(&table.rows.keys.lock)
    try:
        snapshots = {}
        for column in columns:
            snapshots[column.name] = column.snapshot()
        return Columns._of(snapshots, table.rows.keys.store.length)
    finally:
        end_read(&table.rows.keys.lock)
