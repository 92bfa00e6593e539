# cython: language_level=3
"""A hash table from tags to rows; hash_table.pxd is its design."""

from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree
from libc.stdint cimport uint32_t, uint64_t, uintptr_t


cdef int make_table(HashTable *table, Py_ssize_t capacity) noexcept nogil:
    cdef Py_ssize_t n_buckets = capacity // FILL + 1  # at most MAX_ROWS: no overflow below
    table.nbytes = (n_buckets + 1) * <Py_ssize_t>sizeof(Bucket)  # one more, to begin at a cache line
    table.allocation = PyMem_RawCalloc(1, <size_t>table.nbytes)
    if table.allocation == NULL:
        return -1
    table.buckets = <Bucket *>((<uintptr_t>table.allocation + sizeof(Bucket) - 1) & ~<uintptr_t>(sizeof(Bucket) - 1))
    table.n_buckets = <uint64_t>n_buckets
    table.capacity = n_buckets * FILL
    return 0


cdef void free_table(HashTable *table) noexcept nogil:
    PyMem_RawFree(table.allocation)
    table.allocation = NULL


cdef inline uint64_t _next(const HashTable *table, uint64_t bucket) noexcept nogil:
    return bucket + 1 if bucket + 1 < table.n_buckets else 0


cdef inline uint64_t _distance(const HashTable *table, uint64_t start, uint64_t stop) noexcept nogil:
    """Steps from one bucket to another."""
    return stop - start if start <= stop else stop + table.n_buckets - start


cdef inline int _taken(const Bucket *bucket) noexcept nogil:
    cdef int slot = 0
    while slot < SLOTS and bucket.tags[slot] != 0:
        slot += 1
    return slot


cdef void add_row(HashTable *table, uint32_t tag, uint32_t row) noexcept nogil:
    cdef uint64_t at = home_of(table, tag)
    cdef int slot
    while table.buckets[at].tags[SLOTS - 1] != 0:
        at = _next(table, at)
    slot = _taken(&table.buckets[at])
    table.buckets[at].tags[slot] = tag
    table.buckets[at].rows[slot] = row


cdef void copy_rows(const HashTable *source, HashTable *table) noexcept nogil:
    cdef uint64_t at
    cdef int slot
    cdef Bucket *bucket
    for at in range(source.n_buckets):
        bucket = &source.buckets[at]
        for slot in range(_taken(bucket)):
            add_row(table, bucket.tags[slot], bucket.rows[slot])


cdef int _find_slot(const HashTable *table, uint32_t tag, uint32_t row, uint64_t *at) noexcept nogil:
    cdef int slot
    at[0] = home_of(table, tag)
    while True:
        for slot in range(SLOTS):
            if table.buckets[at[0]].rows[slot] == row and table.buckets[at[0]].tags[slot] == tag:
                return slot
        at[0] = _next(table, at[0])


cdef void renumber_row(HashTable *table, uint32_t tag, uint32_t row, uint32_t new_row) noexcept nogil:
    cdef uint64_t at = 0
    cdef int slot = _find_slot(table, tag, row, &at)
    table.buckets[at].rows[slot] = new_row


cdef inline void _take_out(Bucket *bucket, int slot) noexcept nogil:
    cdef int last = _taken(bucket) - 1
    bucket.tags[slot] = bucket.tags[last]
    bucket.rows[slot] = bucket.rows[last]
    bucket.tags[last] = 0


cdef void remove_row(HashTable *table, uint32_t tag, uint32_t row) noexcept nogil:
    cdef uint64_t at = 0, opened
    cdef int slot = _find_slot(table, tag, row, &at)
    cdef bint full = table.buckets[at].tags[SLOTS - 1] != 0
    _take_out(&table.buckets[at], slot)
    opened = at  # the bucket that had no free slot, and now has one: searches would end there
    while full:
        at = _next(table, at)
        full = table.buckets[at].tags[SLOTS - 1] != 0
        slot = _passed(table, at, opened)
        if slot >= 0:
            table.buckets[opened].tags[SLOTS - 1] = table.buckets[at].tags[slot]
            table.buckets[opened].rows[SLOTS - 1] = table.buckets[at].rows[slot]
            _take_out(&table.buckets[at], slot)
            opened = at


cdef int _passed(const HashTable *table, uint64_t at, uint64_t opened) noexcept nogil:
    """A slot of bucket `at` whose search starts at `opened` or before it; -1 if there is none."""
    cdef const Bucket *bucket = &table.buckets[at]
    cdef uint64_t steps = _distance(table, opened, at)
    cdef int slot
    for slot in range(_taken(bucket)):
        if _distance(table, home_of(table, bucket.tags[slot]), at) >= steps:
            return slot
    return -1


cdef Py_ssize_t displaced_rows(const HashTable *table) noexcept nogil:
    cdef uint64_t at
    cdef int slot
    cdef Py_ssize_t displaced = 0
    for at in range(table.n_buckets):
        for slot in range(_taken(&table.buckets[at])):
            displaced += home_of(table, table.buckets[at].tags[slot]) != at
    return displaced
