# cython: language_level=3
"""A hash table from tags to rows, which knows nothing of keys.

A tag is 32 bits of a key's hash. A search gives the rows filed under a tag, nearly always one or none; whoever stores
the keys compares them. A bucket is one cache line: eight tags and their rows. Tag 0 marks a free slot, and the taken
slots come first. The home of a tag is bucket tag * n_buckets / 2**32, so growing and deleting read no key.

Invariant: every bucket from a row's home to the one before its own is full (the first bucket follows the last). So a
search ends at the first bucket with a free slot, and there always is one. A deletion that opens a full bucket moves a
later row back into it: nothing lingers, there are no tombstones.
"""

from libc.stdint cimport uint32_t, uint64_t

cdef extern from *:
    """
    #define fastpaths_prefetch(address) __builtin_prefetch(address)
    #define fastpaths_lowest_bit(mask) __builtin_ctz(mask)

    /* Which of eight tags are this one, a bit each: four compared at a time, in the vectors of gcc and clang. */
    typedef uint32_t fastpaths_u32x4 __attribute__((vector_size(16)));
    typedef uint64_t fastpaths_u64x2 __attribute__((vector_size(16)));

    static inline uint32_t fastpaths_matches(const uint32_t *tags, uint32_t tag) {
        const fastpaths_u32x4 low_bits = {1, 2, 4, 8}, high_bits = {16, 32, 64, 128}, wanted = {tag, tag, tag, tag};
        fastpaths_u32x4 low, high;
        fastpaths_u64x2 bits;
        memcpy(&low, tags, sizeof low);
        memcpy(&high, tags + 4, sizeof high);
        low = (fastpaths_u32x4)(low == wanted) & low_bits;
        high = (fastpaths_u32x4)(high == wanted) & high_bits;
        bits = (fastpaths_u64x2)(low | high);
        bits[0] |= bits[1];
        return (uint32_t)(bits[0] | bits[0] >> 32);
    }
    """
    void prefetch "fastpaths_prefetch" (const void *address) noexcept nogil
    int lowest_bit "fastpaths_lowest_bit" (uint32_t mask) noexcept nogil
    uint32_t matches "fastpaths_matches" (const uint32_t *tags, uint32_t tag) noexcept nogil

cdef enum:
    SLOTS = 8
    FILL = 5               # rows a bucket at most, on average: a fortieth of them lie outside their home
    MAX_ROWS = 0x7FFFFFFF

cdef struct Bucket:
    uint32_t tags[SLOTS]
    uint32_t rows[SLOTS]

cdef struct HashTable:
    Bucket *buckets
    uint64_t n_buckets
    Py_ssize_t capacity    # rows that it takes; a larger table is made by make_table and copy_rows
    void *allocation
    Py_ssize_t nbytes

cdef struct Candidates:    # where the search for a tag stands
    uint32_t tag
    uint32_t matches       # slots of the bucket with that tag, one bit each, not yet given out
    uint64_t bucket


cdef int make_table(HashTable *table, Py_ssize_t capacity) noexcept nogil  # -1: no memory
cdef void free_table(HashTable *table) noexcept nogil
cdef void copy_rows(const HashTable *source, HashTable *table) noexcept nogil
cdef void add_row(HashTable *table, uint32_t tag, uint32_t row) noexcept nogil  # table has capacity for it
cdef void remove_row(HashTable *table, uint32_t tag, uint32_t row) noexcept nogil  # row is there
cdef Py_ssize_t displaced_rows(const HashTable *table) noexcept nogil  # how many lie outside their home
cdef void renumber_row(HashTable *table, uint32_t tag, uint32_t row, uint32_t new_row) noexcept nogil  # row is there


cdef inline uint32_t tag_of(uint64_t hashed) noexcept nogil:
    cdef uint32_t tag = <uint32_t>(hashed >> 32)
    return tag + (tag == 0)


cdef inline uint64_t home_of(const HashTable *table, uint32_t tag) noexcept nogil:
    return <uint64_t>tag * table.n_buckets >> 32


cdef inline Py_ssize_t next_row(const HashTable *table, Candidates *at) noexcept nogil:
    """The next row filed under the tag, -1 if there is none."""
    cdef int slot
    while at.matches == 0:
        if table.buckets[at.bucket].tags[SLOTS - 1] == 0:
            return -1
        at.bucket += 1
        if at.bucket == table.n_buckets:
            at.bucket = 0
        at.matches = matches(table.buckets[at.bucket].tags, at.tag)
    slot = lowest_bit(at.matches)
    at.matches &= at.matches - 1
    return table.buckets[at.bucket].rows[slot]


cdef inline Py_ssize_t first_row(const HashTable *table, uint32_t tag, Candidates *at) noexcept nogil:
    at.tag = tag
    at.bucket = home_of(table, tag)
    at.matches = matches(table.buckets[at.bucket].tags, tag)
    return next_row(table, at)
