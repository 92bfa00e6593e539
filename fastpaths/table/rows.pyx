# cython: language_level=3
"""The rows of a table; rows.pxd is its design."""

cimport cython
from libc.stdint cimport int64_t

from fastpaths.columns.vector cimport Vector
from fastpaths.table.categories cimport Renumbering, has_garbage, renumber_rows, renumbering_of
from fastpaths.table.cell cimport read_vector
from fastpaths.table.column_index cimport (
    ColumnIndex, break_promise, enter_group, leave_group, promise_place, renumber, renumber_groups, reserve_places,
)
from fastpaths.table.key_index cimport (
    delete_last, delete_row, insert_key, insert_keys, raise_no_room, reserve_keys, row_with, tag_in
)
from fastpaths.table.keys cimport Keys, accept_keys, keys_of, open_keys, read_keys
from fastpaths.table.lock cimport wait_for_readers
from fastpaths.table.staging cimport Staged, keep
from fastpaths.table.store cimport (
    Store, add_rows, append_vector, compact_store, keep_cell, move_last, nbytes_of_store, own_rows, put_cell,
    reserve_nulls, reserve_rows,
)

from sys import getsizeof

import numpy


@cython.final
cdef class Rows:
    """schema: parsed. key: the name of a column."""

    def __cinit__(self, dict schema not None, str key not None, Py_ssize_t capacity):
        self.keys = KeyIndex(schema[key].kind, capacity)
        self.key = list(schema).index(key)
        self.columns = tuple([
            TableColumn(name, type, self.keys if name == key else None) for name, type in schema.items()
        ])
        self.indexes = [None] * len(schema)
        cdef TableColumn column
        for column in self.columns:
            if reserve_rows(column.store, self.keys.store.capacity) < 0:
                raise MemoryError

    cdef Py_ssize_t put(self, Cell *cells) except -1:
        cdef Py_ssize_t i, row
        cdef bint new
        wait_for_readers(&self.keys.lock)
        row = row_with(self.keys, &cells[self.key])
        new = row < 0
        if new:
            row = self.keys.store.length
        self.changes += 1
        if _prepare(self, row, new, cells) < 0:
            raise_no_room(self.keys)
        for i in range(len(self.columns)):
            if i != self.key:
                if new:
                    add_rows((<TableColumn>self.columns[i]).store, 1)
                _put_value(self, i, row, &cells[i])
        _compact(self)
        return row

    cdef object put_many(self, list staged, Py_ssize_t n, Py_ssize_t more):
        cdef int64_t[::1] rows
        cdef Keys many
        cdef Py_ssize_t i, before
        result = numpy.empty(n, numpy.int64)
        if n == 0:
            return result
        rows = result
        keys_of(&(<Staged>staged[self.key]).vector, &many)
        wait_for_readers(&self.keys.lock)
        before = self.keys.store.length
        self.changes += 1
        insert_keys(self.keys, &many, more, &rows[0])
        if _prepare_many(self, staged, &rows[0], n) < 0:
            delete_last(self.keys, self.keys.store.length - before)
            raise MemoryError
        for i in range(len(self.columns)):
            if i != self.key:
                _put_values(self, i, <Staged>staged[i], &rows[0], before)
        _compact(self)
        return result

    cdef bint delete(self, const Cell *key) except -1:
        cdef Py_ssize_t row
        wait_for_readers(&self.keys.lock)
        row = row_with(self.keys, key)
        if row < 0:
            return False
        if row != self.keys.store.length - 1 and _own_all(self, row) < 0:
            raise MemoryError
        _delete_row(self, row)
        _compact(self)
        return True

    @cython.boundscheck(False)
    cdef Py_ssize_t delete_many(self, object keys) except -1:
        cdef Py_ssize_t i, row, first, before
        cdef int64_t[::1] rows
        cdef Keys many
        cdef Cell key
        keys = accept_keys(self.keys.store.kind, keys)
        found = self.keys.rows_of(keys)
        while self.keys.lock.readers:
            wait_for_readers(&self.keys.lock)
            found = self.keys.rows_of(keys)
        rows = found
        open_keys(keys, rows.shape[0], &many)
        before = first = self.keys.store.length
        for i in range(many.n):
            if rows[i] >= 0:
                first = min(first, rows[i])
        if _own_all(self, first) < 0:
            raise MemoryError
        for i in range(many.n):
            if rows[i] >= 0:
                read_keys(self.keys.store.kind, &many, i, 1, &key)
                row = row_with(self.keys, &key)  # elsewhere by now, perhaps, or gone
                if row >= 0:
                    _delete_row(self, row)
        _compact(self)
        return before - self.keys.store.length

    cdef Py_ssize_t nbytes(self):
        cdef TableColumn column
        cdef ColumnIndex index
        cdef Py_ssize_t nbytes = self.keys.table.nbytes
        for column in self.columns:
            nbytes += nbytes_of_store(column.store)
            if column.dictionary is not None:
                nbytes += column.dictionary.nbytes + sum(map(getsizeof, column.words))
        for index in self.indexes:
            if index is not None:
                nbytes += index.nbytes()
        return nbytes


cdef int _own_all(Rows rows, Py_ssize_t first) noexcept:
    cdef Py_ssize_t i
    for i in range(len(rows.columns)):
        if own_rows((<TableColumn>rows.columns[i]).store, first) < 0:
            return -1
    return 0


cdef void _delete_row(Rows rows, Py_ssize_t row) noexcept:
    cdef Py_ssize_t i, last = rows.keys.store.length - 1
    rows.changes += 1
    for i in range(len(rows.columns)):
        if rows.indexes[i] is not None:
            leave_group(<ColumnIndex>rows.indexes[i], row)
            if row != last:
                renumber(<ColumnIndex>rows.indexes[i], last, row)
        if i != rows.key:
            move_last((<TableColumn>rows.columns[i]).store, row)
    delete_row(rows.keys, row)


cdef void _compact(Rows rows) noexcept:
    """What is garbage now: for the end of a change, as other code may run."""
    cdef Py_ssize_t i
    for i in range(len(rows.columns)):
        compact_store((<TableColumn>rows.columns[i]).store)
    for i in range(len(rows.columns)):
        if has_garbage(<TableColumn>rows.columns[i]):
            _compact_categories(rows, i)


cdef void _compact_categories(Rows rows, Py_ssize_t i) noexcept:
    cdef TableColumn column = <TableColumn>rows.columns[i]
    cdef Renumbering renumbering = renumbering_of(column, &rows.keys.lock)
    if renumbering is None or own_rows(column.store, 0) < 0:
        return
    if rows.indexes[i] is not None and renumber_groups(<ColumnIndex>rows.indexes[i], renumbering) < 0:
        return
    rows.changes += 1
    renumber_rows(column, renumbering)


cdef int _prepare(Rows rows, Py_ssize_t row, bint new, Cell *cells) noexcept:
    """Memory for a row; the key of a new one is inserted. -1: there is none, and no row has changed."""
    cdef Cell *key = &cells[rows.key]
    cdef Py_ssize_t i = 0, n = len(rows.columns)
    if new and reserve_keys(rows.keys, 1) < 0:
        return -1
    while i < n and (i == rows.key or _prepare_value(rows, i, row, &cells[i]) == 0):
        i += 1
    if i == n and (not new or insert_key(rows.keys, key, tag_in(rows.keys, key), 0) >= 0):
        return 0
    while i > 0:
        i -= 1
        if rows.indexes[i] is not None:
            break_promise(<ColumnIndex>rows.indexes[i], &cells[i])
    return -1


cdef int _prepare_value(Rows rows, Py_ssize_t i, Py_ssize_t row, Cell *cell) noexcept:
    cdef TableColumn column = <TableColumn>rows.columns[i]
    cdef Store *store = column.store
    if reserve_rows(store, rows.keys.store.capacity) < 0 or own_rows(store, row) < 0:
        return -1
    if rows.indexes[i] is not None and reserve_places(<ColumnIndex>rows.indexes[i], store.capacity) < 0:
        return -1
    if cell.null:
        return reserve_nulls(store)
    if (keep_cell(store, cell) if column.dictionary is None else column.number_cell(cell)) < 0:
        return -1
    return 0 if rows.indexes[i] is None else promise_place(<ColumnIndex>rows.indexes[i], cell)


cdef void _put_value(Rows rows, Py_ssize_t i, Py_ssize_t row, const Cell *cell) noexcept:
    cdef TableColumn column = <TableColumn>rows.columns[i]
    if rows.indexes[i] is not None:
        leave_group(<ColumnIndex>rows.indexes[i], row)
    put_cell(column.store, row, cell)
    if rows.indexes[i] is not None:
        enter_group(<ColumnIndex>rows.indexes[i], row, cell)


cdef int _prepare_many(Rows rows, list staged, const int64_t *numbers, Py_ssize_t n) noexcept:
    """Memory for the values of rows whose keys are inserted. -1: there is none, and no other column has changed."""
    cdef Py_ssize_t i, n_columns = len(rows.columns)
    cdef int64_t first = numbers[0]
    for i in range(n):
        first = min(first, numbers[i])
    i = 0
    while i < n_columns and (i == rows.key or _prepare_values(rows, i, <Staged>staged[i], first) == 0):
        i += 1
    if i == n_columns:
        return 0
    while i > 0:
        i -= 1
        if rows.indexes[i] is not None:
            _break_promises(<ColumnIndex>rows.indexes[i], &(<Staged>staged[i]).vector, n)
    return -1


cdef int _prepare_values(Rows rows, Py_ssize_t i, Staged staged, Py_ssize_t first) noexcept:
    cdef Store *store = staged.column.store
    cdef ColumnIndex index
    cdef Py_ssize_t k
    cdef Cell cell
    if reserve_rows(store, rows.keys.store.capacity) < 0 or own_rows(store, first) < 0:
        return -1
    if staged.vector.validity != NULL and reserve_nulls(store) < 0:
        return -1
    if keep(staged) < 0:
        return -1
    if rows.indexes[i] is None:
        return 0
    index = <ColumnIndex>rows.indexes[i]
    if reserve_places(index, store.capacity) < 0:
        return -1
    for k in range(staged.vector.length):
        read_vector(&staged.vector, k, &cell)
        if promise_place(index, &cell) < 0:
            _break_promises(index, &staged.vector, k)
            return -1
    return 0


cdef void _break_promises(ColumnIndex index, const Vector *vector, Py_ssize_t n) noexcept:
    cdef Py_ssize_t k
    cdef Cell cell
    for k in range(n):
        read_vector(vector, k, &cell)
        break_promise(index, &cell)


cdef void _put_values(Rows rows, Py_ssize_t i, Staged staged, const int64_t *numbers, Py_ssize_t before) noexcept:
    cdef Store *store = staged.column.store
    cdef Py_ssize_t k, n = staged.vector.length, length = rows.keys.store.length
    cdef Cell cell
    if length == before + n:  # every key is new: the rows come in order
        append_vector(store, &staged.vector)
    else:
        add_rows(store, length - before)
    for k in range(n if length < before + n or rows.indexes[i] is not None else 0):
        read_vector(&staged.vector, k, &cell)
        _put_value(rows, i, numbers[k], &cell)
