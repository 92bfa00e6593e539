# cython: language_level=3
"""Many searches at the same time; search.pxd is the design."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from fastpaths.columns.binary cimport INLINED
from fastpaths.table.cell cimport Cell, size_of
from fastpaths.table.hash_table cimport Candidates, HashTable, find_int64, first_row, home_of, next_row, prefetch_bucket
from fastpaths.table.key_store cimport prefetch_text, prefetch_view, view_equals
from fastpaths.table.keys cimport Keys, lose_nulls, read_object, read_value, tag_of
from fastpaths.table.store cimport Store

cdef enum:
    STEP = 16
    RING = 64  # searches kept: those of three steps, and a power of two

cdef struct Search:
    Cell key
    Candidates at
    Py_ssize_t row


# The functions below work on copies of the table and the store: for all that a compiler knows, a row that is written
# could change the original.

cdef void find_values(const HashTable *table, const Store *store, const Keys *many, int64_t *rows) noexcept nogil:
    if table.int64:
        _find_numbers(table[0], many.numbers, many.n, rows)
    else:
        _find_column(table[0], store[0], many, rows)
    lose_nulls(many, rows)


cdef void _find_numbers(HashTable table, const int64_t *keys, Py_ssize_t n, int64_t *rows) noexcept nogil:
    cdef uint64_t homes[RING]
    cdef Py_ssize_t i, lag = 2 * STEP
    for i in range(n + lag):
        if i < n:
            homes[i & (RING - 1)] = home_of(&table, True, <uint64_t>keys[i])
            prefetch_bucket(&table, homes[i & (RING - 1)])
        if i >= lag:
            rows[i - lag] = find_int64(&table, keys[i - lag], homes[(i - lag) & (RING - 1)])


cdef void _find_column(HashTable table, Store store, const Keys *many, int64_t *rows) noexcept nogil:
    cdef Search searches[RING]
    cdef Py_ssize_t i
    for i in range(many.n + 3 * STEP):
        if i < many.n:
            read_value(many, i, &searches[i & (RING - 1)].key)
        _advance(&table, &store, searches, i, many.n, rows)


cdef int find_objects(const HashTable *table, const Store *store, const Keys *many, int64_t *rows) except -1:
    cdef Search searches[RING]
    cdef HashTable own_table = table[0]
    cdef Store own_store = store[0]
    cdef Py_ssize_t i
    for i in range(many.n + 3 * STEP):
        if i < many.n:
            read_object(store.kind, many, i, &searches[i & (RING - 1)].key)
        _advance(&own_table, &own_store, searches, i, many.n, rows)
    return 0


cdef inline void _advance(
    const HashTable *table, const Store *store, Search *searches, Py_ssize_t i, Py_ssize_t n, int64_t *rows
) noexcept nogil:
    """Begins search i of n; those begun one, two and three steps before go on with what memory has brought."""
    cdef Search *search
    if i < n:
        search = &searches[i & (RING - 1)]
        search.at.tag = <uint32_t>tag_of(False, &search.key, &table.secret)
        search.at.bucket = home_of(table, False, search.at.tag)
        prefetch_bucket(table, search.at.bucket)
    if STEP <= i < STEP + n:
        search = &searches[(i - STEP) & (RING - 1)]
        search.row = first_row(table, &search.at)
        prefetch_view(store, max(search.row, 0))
    if 2 * STEP <= i < 2 * STEP + n:
        search = &searches[(i - 2 * STEP) & (RING - 1)]
        if search.row >= 0 and size_of(&search.key) > INLINED:
            prefetch_text(store, search.row)
    if 3 * STEP <= i:
        search = &searches[(i - 3 * STEP) & (RING - 1)]
        while search.row >= 0 and not view_equals(store, search.row, &search.key):
            search.row = next_row(table, &search.at)
        rows[i - 3 * STEP] = search.row
