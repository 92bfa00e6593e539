# cython: language_level=3
"""A hash table from tags to rows, which knows no other key than int64.

A search gives the rows filed under a tag. An int64 key is its own tag: at most one row has it. The tag of a str or
bytes key is 32 bits of its hash: nearly always one row or none has it, and whoever stores the keys compares them.

A bucket is one cache line, so that a search waits for memory once. Rows are kept plus one: 0 marks a free slot. Taken
slots come first, so whatever tag a free slot still shows is found only where nothing else is, and stands for no row.

A row's home is the bucket that its tag selects. Invariant: all buckets from its home to the one before its own are full
(the first bucket follows the last). So a search ends at the first bucket with a free slot, and there always is one. A
deletion that opens a full bucket moves a later row back into it: nothing lingers, there are no tombstones.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from fastpaths.table.hashing cimport Secret, hash_int64
from fastpaths.columns.intrinsics cimport lowest_bit, match64, matches, prefetch

cdef enum:
    MAX_ROWS = 0x7FFFFFFF

cdef struct Bucket:            # for str and bytes
    uint32_t tags[8]
    uint32_t rows[8]

cdef struct Int64Bucket:
    int64_t tags[5]
    uint32_t rows[5]
    uint32_t unused

cdef struct HashTable:
    bint int64                 # which kind of buckets
    Secret secret
    void *buckets
    uint64_t n_buckets
    Py_ssize_t capacity        # rows that it takes; a larger table is made by make_table and copy_rows
    void *allocation
    Py_ssize_t nbytes

cdef struct Candidates:        # where the search for a tag of 32 bits stands
    uint32_t tag
    uint32_t matches           # slots of the bucket with that tag, one bit each, not yet given out
    uint64_t bucket


cdef int make_table(HashTable *table, Py_ssize_t capacity) noexcept nogil  # int64, secret: set; -1: no memory
cdef void free_table(HashTable *table) noexcept nogil
cdef void copy_rows(const HashTable *source, HashTable *table) noexcept nogil
cdef void add_row(HashTable *table, uint64_t tag, Py_ssize_t row) noexcept nogil  # there is capacity for it
cdef void remove_row(HashTable *table, uint64_t tag, Py_ssize_t row) noexcept nogil  # it is there
cdef void renumber_row(HashTable *table, uint64_t tag, Py_ssize_t row, Py_ssize_t new_row) noexcept nogil  # it is there
cdef Py_ssize_t displaced_rows(const HashTable *table) noexcept nogil  # how many lie outside their home


cdef inline uint64_t home_of(const HashTable *table, bint int64, uint64_t tag) noexcept nogil:
    """`int64` is the table's: where it is a constant, code for that kind of buckets alone is compiled."""
    if int64:
        tag = hash_int64(<int64_t>tag, &table.secret) >> 32
    return tag * table.n_buckets >> 32


cdef inline void prefetch_bucket(const HashTable *table, uint64_t bucket) noexcept nogil:
    prefetch(<const Bucket *>table.buckets + bucket)  # a cache line of either kind


cdef inline uint64_t next_bucket(const HashTable *table, uint64_t bucket) noexcept nogil:
    return bucket + 1 if bucket + 1 < table.n_buckets else 0


cdef inline Py_ssize_t find_int64(const HashTable *table, int64_t key, uint64_t at) noexcept nogil:
    """Row of a key whose home is bucket `at`, -1 if it is absent."""
    cdef const Int64Bucket *bucket
    cdef int slot
    while True:
        bucket = <const Int64Bucket *>table.buckets + at
        slot = match64(bucket.tags, key)
        if slot >= 0:
            return <Py_ssize_t>bucket.rows[slot] - 1
        if bucket.rows[4] == 0:
            return -1
        at = next_bucket(table, at)


cdef inline Py_ssize_t first_row(const HashTable *table, Candidates *at) noexcept nogil:
    """The first row filed under a tag whose home is at.bucket, -1 if there is none."""
    at.matches = matches((<const Bucket *>table.buckets)[at.bucket].tags, at.tag)
    return next_row(table, at)


cdef inline Py_ssize_t next_row(const HashTable *table, Candidates *at) noexcept nogil:
    cdef const Bucket *bucket = <const Bucket *>table.buckets + at.bucket
    cdef int slot
    while at.matches == 0:
        if bucket.rows[7] == 0:
            return -1
        at.bucket = next_bucket(table, at.bucket)
        bucket = <const Bucket *>table.buckets + at.bucket
        at.matches = matches(bucket.tags, at.tag)
    slot = lowest_bit(at.matches)
    at.matches &= at.matches - 1
    return <Py_ssize_t>bucket.rows[slot] - 1
