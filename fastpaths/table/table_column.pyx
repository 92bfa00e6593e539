# cython: language_level=3
"""A column of a table; table_column.pxd is its design."""

cimport cython
from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy

from fastpaths.columns.binary cimport Span, wrap_column
from fastpaths.columns.bits cimport bit, bytes_of_bits
from fastpaths.columns.blocks cimport export_block, size_of_block
from fastpaths.columns.scalars cimport (
    bool_of, bytes_of, decimal_of, float64_of, int64_of, text_of, timestamp_of
)
from fastpaths.columns.vector cimport (
    BOOL_KIND, BYTES_KIND, CATEGORY_KIND, FLOAT64_KIND, INT64_KIND, STR_KIND, TIMESTAMP_KIND, Kind
)
from fastpaths.table.arena cimport Arena
from fastpaths.table.cell cimport has_views, read_bytes
from fastpaths.table.key_index cimport insert_key, tag_in
from fastpaths.table.objects cimport object_at
from fastpaths.table.store cimport free_store, nbytes_of_rows

from sys import intern

import numpy

from fastpaths.columns.column import Column
from fastpaths.columns.errors import located
from fastpaths.columns.types import KINDS

cdef dict DTYPES = {"float64": "f8", "bool": "u1", "category": "i4", "str": None, "bytes": None}


@cython.final
cdef class TableColumn:
    """One column of a table. keys: of the key column, the index that stores it."""

    def __cinit__(self, str name not None, type not None, KeyIndex keys=None):
        self.name = name
        self.type = type
        self.scale = type.scale
        dtype = DTYPES.get(type.kind, "i8")
        self.dtype = None if dtype is None else numpy.dtype(dtype)
        self.keys = keys
        self.store = &self.own if keys is None else &keys.store
        self.store.kind = <Kind><int>KINDS.index(type.kind)
        if type.kind == "category":
            self.dictionary = KeyIndex("str")
            self.words = []

    def __dealloc__(self):
        free_store(&self.own)

    cdef object value(self, Py_ssize_t row):
        cdef const Store *store = self.store
        if store.kind != CATEGORY_KIND:
            return object_at(store, row, self.scale)
        if _is_null(store, row):
            return None
        return self.word((<const int32_t *>store.values)[row])

    cdef object word(self, Py_ssize_t number):
        cdef list words = self.words
        while len(words) <= number:
            words.append(intern(self.dictionary.key(len(words))))
        return words[number]

    cdef int read(self, object value, Cell *cell) except -1:
        cdef Kind kind = self.store.kind
        cdef double real
        cdef Span span
        cell.head = cell.tail = 0
        cell.data = NULL
        cell.null = value is None
        if cell.null:
            return 0
        try:
            if kind == INT64_KIND:
                cell.head = <uint64_t>int64_of(value)
            elif kind == STR_KIND or kind == CATEGORY_KIND:
                span = text_of(value)
                read_bytes(span.data, <int32_t>span.size, cell)
            elif kind == FLOAT64_KIND:
                real = float64_of(value)
                memcpy(&cell.head, &real, 8)
            elif kind == BYTES_KIND:
                span = bytes_of(value)
                read_bytes(span.data, <int32_t>span.size, cell)
            elif kind == BOOL_KIND:
                cell.head = bool_of(value)
            elif kind == TIMESTAMP_KIND:
                cell.head = <uint64_t>timestamp_of(value)
            else:
                cell.head = <uint64_t>decimal_of(value, self.scale)
        except (TypeError, ValueError, OverflowError) as error:
            raise located(error, self.name) from None
        return 0

    cdef int number_cell(self, Cell *cell) noexcept:
        cdef Py_ssize_t number = insert_key(self.dictionary, cell, tag_in(self.dictionary, cell), 0)
        if number < 0:
            return -1
        cell.head = <uint64_t>number
        return 0

    cdef object snapshot(self):
        cdef Store *store = self.store
        validity = None
        store.exported = max(store.exported, store.length)
        if store.nulls > 0:
            validity = export_block(store.validity, bytes_of_bits(store.length))
        if has_views(store.kind):
            return Column(self.type, store.length, _binary_column(store, validity))
        if validity is not None:
            validity = numpy.frombuffer(validity, numpy.uint8)
        values = numpy.frombuffer(export_block(store.values, nbytes_of_rows(store, store.length)), self.dtype)
        categories = None if self.dictionary is None else self.categories()
        return Column(self.type, store.length, values, validity, categories)

    cdef Buffers buffers(self):
        return _buffers(&self.store.arena)

    cdef BinaryColumn categories(self):
        if self.exported is None or self.exported.length != self.dictionary.store.length:
            self.exported = _binary_column(&self.dictionary.store, None)
        return self.exported


cdef Buffers _buffers(const Arena *arena):
    cdef int32_t i, last = arena.n_blocks - 1
    cdef list blocks = []
    for i in range(arena.n_blocks):
        blocks.append(export_block(arena.blocks[i], arena.used if i == last else size_of_block(arena.blocks[i])))
    return Buffers(*blocks)


cdef BinaryColumn _binary_column(Store *store, object validity):
    store.exported = max(store.exported, store.length)
    views = export_block(store.values, nbytes_of_rows(store, store.length))
    return wrap_column(store.length, views, _buffers(&store.arena), validity)


cdef inline bint _is_null(const Store *store, Py_ssize_t row) noexcept:
    return store.nulls > 0 and not bit(store.validity, row)
