# cython: language_level=3
# cython: binding=False, embedsignature.format=clinic
"""The rows of each value of a column; column_index.pxd is its design."""

cimport cython
from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawRealloc
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from fastpaths.columns.binary cimport Span, span_of
from fastpaths.columns.vector cimport BOOL_KIND, CATEGORY_KIND, FLOAT64_KIND, Kind, Vector
from fastpaths.table.cell cimport Cell, has_views, read_bytes, read_vector
from fastpaths.table.masks cimport lowest
from fastpaths.table.key_index cimport delete_row, insert_key, row_with, tag_in
from fastpaths.table.store cimport compact_store, store_vector

import numpy


@cython.final
cdef class ColumnIndex:
    """The rows of each value of a column.

    Values are asked for in a list of distinct ones, as Source.index has them.
    """

    def __cinit__(self, TableColumn column not None):
        cdef Py_ssize_t row
        cdef Kind kind = column.store.kind
        cdef Vector vector
        cdef Cell cell
        self.column = column
        if kind != CATEGORY_KIND and kind != BOOL_KIND:
            self.values = KeyIndex(column.type.kind if has_views(kind) else "int64")
        vector = store_vector(column.store)  # no Python code runs from here on, which might change it
        if reserve_places(self, column.store.capacity) < 0:
            raise MemoryError
        for row in range(vector.length):
            read_vector(&vector, row, &cell)
            if promise_place(self, &cell) < 0:
                raise MemoryError
            enter_group(self, row, &cell)

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.n_groups):
            PyMem_RawFree(self.groups[i].rows)
        PyMem_RawFree(self.groups)
        PyMem_RawFree(self.places)

    def count(self, list values not None, /):
        """How many rows have one of the values."""
        cdef Group *group
        cdef Py_ssize_t count = 0
        for value in values:
            group = _group_with(self, value)
            if group != NULL:
                count += group.count
        return count

    @cython.boundscheck(False)
    def rows(self, list values not None, /):
        """Which rows have one of the values: int64[n], ascending."""
        cdef Py_ssize_t n = 0, i, groups = 0
        cdef Group *group
        cdef const uint32_t *rows
        cdef bint mixed = False
        result = numpy.empty(self.count(values), numpy.int64)
        cdef int64_t[::1] out = result
        for value in values:
            group = _group_with(self, value)
            if group == NULL or group.count == 0:
                continue
            rows = _rows(group)
            for i in range(group.count):
                out[n + i] = rows[i]
            n += group.count
            groups += 1
            mixed |= group.mixed
        if mixed or groups > 1:
            if n < self.places_capacity >> 10:
                result.sort()
            elif _sort(&out[0], n, self.places_capacity) < 0:
                raise MemoryError
        return result

    cdef Py_ssize_t nbytes(self):
        cdef Py_ssize_t nbytes = self.groups_capacity * <Py_ssize_t>sizeof(Group) + self.rows_nbytes
        if self.values is not None:
            nbytes += self.values.nbytes
        return nbytes + self.places_capacity * <Py_ssize_t>sizeof(uint32_t)


cdef inline uint32_t *_rows(Group *group) noexcept:
    return &group.few[0] if group.rows == NULL else group.rows


cdef int _sort(int64_t *rows, Py_ssize_t n, Py_ssize_t length) noexcept:
    """Rows below `length`, by way of a bit for each of those: the fastest sort unless they are few."""
    cdef Py_ssize_t n_words = (length + 63) >> 6, i, w
    cdef uint64_t word
    cdef uint64_t *words = <uint64_t *>PyMem_RawCalloc(<size_t>n_words, sizeof(uint64_t))
    if words == NULL:
        return -1
    for i in range(n):
        words[rows[i] >> 6] |= <uint64_t>1 << (rows[i] & 63)
    i = 0
    for w in range(n_words):
        word = words[w]
        while word:
            rows[i] = (w << 6) + lowest(word)
            word &= word - 1
            i += 1
    PyMem_RawFree(words)
    return 0


cdef Cell _key(ColumnIndex index, const Cell *cell) noexcept:
    """The value as it is looked for among the index's: of equal floats the same."""
    cdef Cell key = cell[0]
    cdef double real = 0
    if index.column.store.kind == FLOAT64_KIND:
        memcpy(&real, &key.head, 8)
        if real == 0:
            key.head = 0
        elif real != real:
            key.head = 0x7FF8000000000000ULL
    return key


cdef Py_ssize_t _group_of(ColumnIndex index, const Cell *cell) noexcept:
    """-1: it has none."""
    cdef Cell key
    if index.values is None:
        return <Py_ssize_t>cell.head if <Py_ssize_t>cell.head < index.n_groups else -1
    key = _key(index, cell)
    return row_with(index.values, &key)


cdef Cell cell_of(Kind kind, object value) except *:
    cdef Cell cell
    cdef Span span
    cdef double real = 0
    cell.tail = 0
    cell.data = NULL
    cell.null = False
    if kind == CATEGORY_KIND or has_views(kind):
        span = span_of(value, "value", -1)
        read_bytes(span.data, <int32_t>span.size, &cell)
    elif kind == FLOAT64_KIND:
        real = value
        memcpy(&cell.head, &real, 8)
    elif kind == BOOL_KIND:
        cell.head = value is True
    else:
        cell.head = <uint64_t><int64_t>value
    return cell


cdef Group *_group_with(ColumnIndex index, object value) except? NULL:
    """NULL: it has none."""
    cdef KeyIndex words = index.column.dictionary
    cdef Cell cell = cell_of(index.column.store.kind, value)
    cdef Py_ssize_t number = 0
    if words is not None:
        number = row_with(words, &cell)
        cell.head = <uint64_t>number
    if number >= 0:
        number = _group_of(index, &cell)
    return NULL if number < 0 else &index.groups[number]


cdef int reserve_places(ColumnIndex index, Py_ssize_t rows) noexcept:
    cdef Py_ssize_t n = index.places_capacity
    if rows <= n:
        return 0
    cdef uint32_t *places = <uint32_t *>PyMem_RawRealloc(index.places, <size_t>rows * sizeof(uint32_t))
    if places == NULL:
        return -1
    memset(places + n, 0xFF, <size_t>(rows - n) * sizeof(uint32_t))
    index.places = places
    index.places_capacity = rows
    return 0


cdef int _reserve_groups(ColumnIndex index, Py_ssize_t n) noexcept:
    cdef Py_ssize_t capacity = index.groups_capacity
    if n <= capacity:
        return 0
    capacity = max(n, 2 * capacity)
    cdef Group *groups = <Group *>PyMem_RawRealloc(index.groups, <size_t>capacity * sizeof(Group))
    if groups == NULL:
        return -1
    index.groups = groups
    index.groups_capacity = capacity
    return 0


cdef Py_ssize_t _make_group(ColumnIndex index, const Cell *cell) noexcept:
    """The number of the value's group, which it may have; -1: no memory."""
    cdef Cell key
    cdef Py_ssize_t number, more
    if index.values is None:
        number = <Py_ssize_t>cell.head
        if _reserve_groups(index, number + 1) < 0:
            return -1
    else:
        if _reserve_groups(index, index.n_groups + 1) < 0:
            return -1
        key = _key(index, cell)
        number = insert_key(index.values, &key, tag_in(index.values, &key), 0)
        if number < 0:
            return -1
    more = number + 1 - index.n_groups
    if more > 0:
        memset(index.groups + index.n_groups, 0, <size_t>more * sizeof(Group))
        index.n_groups += more
    return number


cdef int promise_place(ColumnIndex index, const Cell *cell) noexcept:
    cdef Py_ssize_t number, needed
    cdef Group *group
    if cell.null:
        return 0
    number = _make_group(index, cell)
    if number < 0:
        return -1
    group = &index.groups[number]
    needed = <Py_ssize_t>group.count + group.promised + 1
    if needed > max(<Py_ssize_t>group.capacity, <Py_ssize_t>FEW):
        if _resize_rows(index, group, needed + (needed >> 1)) < 0:
            _drop_if_empty(index, number)
            return -1
    group.promised += 1
    return 0


cdef int _resize_rows(ColumnIndex index, Group *group, Py_ssize_t capacity) noexcept:
    cdef uint32_t *rows = <uint32_t *>PyMem_RawRealloc(group.rows, <size_t>capacity * sizeof(uint32_t))
    if rows == NULL:
        return -1
    if group.rows == NULL:
        memcpy(rows, group.few, sizeof(group.few))
    index.rows_nbytes += (capacity - group.capacity) * <Py_ssize_t>sizeof(uint32_t)
    group.rows = rows
    group.capacity = <uint32_t>capacity
    return 0


cdef void break_promise(ColumnIndex index, const Cell *cell) noexcept:
    cdef Py_ssize_t number
    if not cell.null:
        number = _group_of(index, cell)
        index.groups[number].promised -= 1
        _drop_if_empty(index, number)


cdef void enter_group(ColumnIndex index, Py_ssize_t row, const Cell *cell) noexcept:
    cdef Group *group
    cdef uint32_t *rows
    if cell.null:
        return
    group = &index.groups[_group_of(index, cell)]
    rows = _rows(group)
    group.mixed |= group.count > 0 and rows[group.count - 1] > <uint32_t>row
    rows[group.count] = <uint32_t>row
    index.places[row] = group.count
    group.count += 1
    group.promised -= 1


cdef void leave_group(ColumnIndex index, Py_ssize_t row) noexcept:
    cdef uint32_t place = index.places[row]
    cdef Py_ssize_t number
    cdef Group *group
    cdef uint32_t *rows
    if place == NO_PLACE:
        return
    number = _stored_group(index, row)
    group = &index.groups[number]
    rows = _rows(group)
    group.count -= 1
    group.mixed = group.count > 1 and (group.mixed or place != group.count)
    rows[place] = rows[group.count]
    index.places[rows[place]] = place
    index.places[row] = NO_PLACE
    if group.count > 0 and group.capacity > 4 * (group.count + group.promised):
        _resize_rows(index, group, group.capacity // 2)  # without memory it stays as large as it is
    _drop_if_empty(index, number)


cdef void renumber(ColumnIndex index, Py_ssize_t row, Py_ssize_t new_row) noexcept:
    cdef uint32_t place = index.places[row]
    cdef Group *group
    if place == NO_PLACE:
        return
    group = &index.groups[_stored_group(index, row)]
    _rows(group)[place] = <uint32_t>new_row
    index.places[new_row] = place
    index.places[row] = NO_PLACE
    group.mixed = group.count > 1  # the last row becomes an earlier one


cdef Py_ssize_t _stored_group(ColumnIndex index, Py_ssize_t row) noexcept:
    cdef Vector vector = store_vector(index.column.store)
    cdef Cell cell
    read_vector(&vector, row, &cell)
    return _group_of(index, &cell)


cdef void _drop_if_empty(ColumnIndex index, Py_ssize_t number) noexcept:
    cdef Group *group = &index.groups[number]
    if group.count > 0 or group.promised > 0:
        return
    index.rows_nbytes -= group.capacity * <Py_ssize_t>sizeof(uint32_t)
    PyMem_RawFree(group.rows)
    if index.values is None:
        memset(group, 0, sizeof(Group))
    else:
        delete_row(index.values, number)
        index.n_groups -= 1
        group[0] = index.groups[index.n_groups]
        compact_store(&index.values.store)


cdef int renumber_groups(ColumnIndex index, Renumbering renumbering) noexcept:
    cdef Py_ssize_t i, n = renumbering.dictionary.store.length
    cdef Group *groups = <Group *>PyMem_RawCalloc(<size_t>n, sizeof(Group))
    if groups == NULL:
        return -1
    for i in range(index.n_groups):
        if renumbering.numbers[i] >= 0:
            groups[renumbering.numbers[i]] = index.groups[i]
    PyMem_RawFree(index.groups)
    index.groups = groups
    index.n_groups = index.groups_capacity = n
    return 0
