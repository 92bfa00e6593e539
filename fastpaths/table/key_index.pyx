# cython: language_level=3
# cython: binding=False, embedsignature.format=clinic
# binding=False: `find` is called for one key at a time, and a Cython function costs it as much as the search itself.
"""Distinct keys <-> dense rows; key_index.pxd is its design."""

cimport cython
from libc.stdint cimport int64_t, uint64_t

from fastpaths.columns.vector cimport Kind
from fastpaths.table.cell cimport Cell, has_views
from fastpaths.table.hash_table cimport (
    MAX_ROWS, HashTable, add_row, copy_rows, displaced_rows, free_table, home_of, make_table, prefetch_bucket,
    remove_row, renumber_row,
)
from fastpaths.table.hashing cimport process_secret
from fastpaths.table.key_store cimport stored_key
from fastpaths.table.keys cimport Keys, accept_keys, check_keys, count_keys, open_keys, read_key, read_keys
from fastpaths.table.lock cimport begin_read, end_read, wait_for_readers
from fastpaths.table.objects cimport object_at
from fastpaths.table.search cimport find_key, find_objects, find_values
from fastpaths.table.store cimport (
    append_cell, compact_store, free_store, move_last, nbytes_of_store, own_rows, reserve_rows
)

from fastpaths.columns.types import KINDS

import numpy

cdef enum:
    BATCH = 64       # keys whose buckets insert_many asks for at once
    GIL_FREE = 4096  # keys: fewer are found, in some 50 µs, sooner than the GIL is handed over and taken back

cdef tuple TYPES = ("int64", "str", "bytes", "timestamp")


@cython.final
cdef class KeyIndex:
    """Distinct keys <-> dense rows 0 … len - 1, by a hash table made for finding many keys at once.

    type: "int64" (int), "timestamp" (an aware datetime), "str" or "bytes"; a str or bytes key has at most 2**31 - 1
        bytes.
    capacity: keys to make room for at once; the index grows as needed.

    insert_many and find_many take a list or tuple of keys, a Column, or anything with Arrow; an int64 index also a
    numpy array of integers, a timestamp index one of datetime64, the others a BinaryColumn. A str index takes columns
    of bytes as UTF-8. Arrays and columns are read without a Python object a key. A null of a column is found nowhere.

    A key that cannot be is refused, naming its position: TypeError (a bool is no int, bytes are no str), OverflowError
    (an int beyond int64), ValueError (a str that has no UTF-8, a key too long).

    Threads may share an index. find_many lets go of the GIL for 4096 keys and more, unless they are a list of str or
    bytes; whoever changes the index meanwhile waits until that is done.
    """

    def __cinit__(self, type, Py_ssize_t capacity=0):
        if type not in TYPES:
            raise ValueError(f"KeyIndex: type must be one of {', '.join(TYPES)}, found {type!r}")
        if not 0 <= capacity <= MAX_ROWS:
            raise ValueError(f"KeyIndex: capacity must be 0 … {MAX_ROWS}, found {capacity}")
        self.table.secret = process_secret()
        self.store.kind = <Kind><int>KINDS.index(type)
        self.table.int64 = not has_views(self.store.kind)
        if _grow(self, capacity) < 0:
            raise MemoryError

    def __dealloc__(self):
        free_table(&self.table)
        free_store(&self.store)

    def find(self, key, /):
        """Row of a key, -1 if it is absent."""
        return <long>row_of(self, key)  # fits, and CPython makes an int of a long sooner than of a Py_ssize_t

    def find_many(self, keys not None):
        """Rows of many keys: int64[n], -1 for those absent. Bytes that are not UTF-8 are in no str index."""
        return self.rows_of(accept_keys(self.store.kind, keys))

    def insert(self, key, /):
        """Row of a key: the one that it has, or the next one, len, if it is new."""
        cdef Cell cell
        cdef Py_ssize_t row
        read_key(self.store.kind, key, -1, &cell)
        wait_for_readers(&self.lock)
        row = insert_key(self, &cell, tag_in(self, &cell), 0)
        if row < 0:
            raise_no_room(self)
        return row

    @cython.boundscheck(False)
    def insert_many(self, keys not None):
        """Rows of many keys: int64[n]. New ones get the next rows, in order. If it raises, it has inserted none."""
        cdef Keys many
        keys = accept_keys(self.store.kind, keys)
        result = numpy.empty(count_keys(keys), numpy.int64)
        cdef int64_t[::1] rows = result
        open_keys(keys, rows.shape[0], &many)
        check_keys(self.store.kind, &many)
        while self.lock.readers:
            wait_for_readers(&self.lock)
            open_keys(keys, rows.shape[0], &many)  # others may have changed a list meanwhile
            check_keys(self.store.kind, &many)
        insert_keys(self, &many, 0, &rows[0])
        return result

    def delete(self, key, /):
        """The row that the key vacated, where the last row now is; -1 if the key is absent."""
        cdef Cell cell
        cdef Py_ssize_t row
        read_key(self.store.kind, key, -1, &cell)
        wait_for_readers(&self.lock)
        row = row_with(self, &cell)
        if row >= 0:
            if delete_row(self, row) < 0:
                raise MemoryError
            compact_store(&self.store)
        return row

    def clear(self):
        """Removes all keys, and gives their memory back."""
        cdef KeyIndex empty = KeyIndex(KINDS[<int>self.store.kind])
        wait_for_readers(&self.lock)
        self.table, empty.table = empty.table, self.table
        self.store, empty.store = empty.store, self.store

    def key(self, Py_ssize_t row, /):
        """Key of a row."""
        if not 0 <= row < self.store.length:
            raise IndexError(f"row {row} of an index of {self.store.length} keys")
        return object_at(&self.store, row, 0)

    @property
    def nbytes(self):
        """Bytes of all its memory: buckets, and keys by row with the text of long ones."""
        return self.table.nbytes + nbytes_of_store(&self.store)

    @property
    def _displaced(self):
        """How many rows lie outside the bucket where their search starts: what tests see of the hash function."""
        return displaced_rows(&self.table)

    def __len__(self):
        return self.store.length

    def __contains__(self, key):
        return row_of(self, key) >= 0

    def __iter__(self):
        cdef Py_ssize_t row, length = self.store.length
        for row in range(length):
            if self.store.length != length:
                raise RuntimeError("KeyIndex changed size during iteration")
            yield object_at(&self.store, row, 0)

    def __repr__(self):
        return f"<KeyIndex of {self.store.length} {KINDS[<int>self.store.kind]} keys>"

    @cython.boundscheck(False)
    cdef object rows_of(self, object keys):
        cdef Keys many
        result = numpy.empty(count_keys(keys), numpy.int64)
        cdef int64_t[::1] rows = result
        open_keys(keys, rows.shape[0], &many)
        if many.objects != NULL:
            find_objects(&self.table, &self.store, &many, &rows[0])
            return result
        if begin_read(&self.lock) and many.n >= GIL_FREE:
            with nogil:
                find_values(&self.table, &self.store, &many, &rows[0])
        else:
            find_values(&self.table, &self.store, &many, &rows[0])
        end_read(&self.lock)
        return result


cdef int _grow(KeyIndex index, Py_ssize_t capacity) noexcept:
    cdef HashTable table = index.table  # its kind and secret
    if capacity > MAX_ROWS or make_table(&table, capacity) < 0:
        return -1
    if reserve_rows(&index.store, table.capacity) < 0:
        free_table(&table)
        return -1
    copy_rows(&index.table, &table)
    free_table(&index.table)
    index.table = table
    return 0


cdef int reserve_keys(KeyIndex index, Py_ssize_t n) noexcept:
    cdef Py_ssize_t length = index.store.length
    if n <= index.table.capacity - length:
        return 0
    return _grow(index, max(length + n, min(2 * length, <Py_ssize_t>MAX_ROWS)))


cdef Py_ssize_t _room(Py_ssize_t length, Py_ssize_t more) noexcept:
    """For how many keys, where one and as many as `more` come. Who claims that may be wrong: no more than three times
    what there is. But the last step is to be a large one, since each copies all that there is."""
    cdef Py_ssize_t total = min(length + 1 + more, <Py_ssize_t>MAX_ROWS)
    if total > 4 * length:
        total = min(4 * length, total // 4)
    return max(1, total - length)


cdef Py_ssize_t insert_key(KeyIndex index, const Cell *key, uint64_t tag, Py_ssize_t more) noexcept:
    cdef Py_ssize_t row = find_key(&index.table, &index.store, key, tag)
    if row >= 0:
        return row
    row = index.store.length
    if row == index.table.capacity:
        if reserve_keys(index, _room(row, more)) < 0:
            return -1
    if append_cell(&index.store, key) < 0:
        return -1
    add_row(&index.table, tag, row)
    return row


cdef int raise_no_room(KeyIndex index) except -1:
    if index.store.length >= MAX_ROWS:
        raise OverflowError(f"a KeyIndex holds at most {MAX_ROWS} keys")
    raise MemoryError


cdef int insert_keys(KeyIndex index, const Keys *many, Py_ssize_t more, int64_t *rows) except -1:
    cdef Cell keys[BATCH]
    cdef uint64_t tags[BATCH]
    cdef Py_ssize_t i, n, start = 0, before = index.store.length
    while start < many.n:
        n = min(<Py_ssize_t>BATCH, many.n - start)
        read_keys(index.store.kind, many, start, n, keys)  # has checked them before, and does not raise now
        for i in range(n):
            tags[i] = tag_in(index, &keys[i])
            prefetch_bucket(&index.table, home_of(&index.table, index.table.int64, tags[i]))
        for i in range(n):
            rows[start + i] = insert_key(index, &keys[i], tags[i], many.n - start - i - 1 + more)
            if rows[start + i] < 0:
                delete_last(index, index.store.length - before)
                raise_no_room(index)
        start += n
    return 0


cdef inline uint64_t _tag_at(KeyIndex index, Py_ssize_t row) noexcept:
    cdef Cell key
    stored_key(&index.store, row, &key)
    return tag_in(index, &key)


cdef int delete_row(KeyIndex index, Py_ssize_t row) noexcept:
    cdef Py_ssize_t last = index.store.length - 1
    if row != last and own_rows(&index.store, row) < 0:
        return -1
    remove_row(&index.table, _tag_at(index, row), row)
    if row != last:
        renumber_row(&index.table, _tag_at(index, last), last, row)
    move_last(&index.store, row)
    return 0


cdef void delete_last(KeyIndex index, Py_ssize_t n) noexcept:
    for _ in range(n):
        delete_row(index, index.store.length - 1)
