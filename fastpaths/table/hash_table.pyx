# cython: language_level=3
"""A hash table from tags to rows; hash_table.pxd is its design."""

from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree
from libc.stdint cimport uint32_t, uint64_t, uintptr_t

from fastpaths.columns.pages cimport prefer_huge_pages

ctypedef fused bucket_t:
    Bucket
    Int64Bucket


cdef int make_table(HashTable *table, Py_ssize_t capacity) noexcept nogil:
    # Rows a bucket, at most, on average: a fortieth, and of int64 a twentieth, then lie outside their home.
    cdef Py_ssize_t fill = 3 if table.int64 else 5
    cdef Py_ssize_t n_buckets = capacity // fill + 1
    table.nbytes = (n_buckets + 1) * <Py_ssize_t>sizeof(Bucket)  # one more, to begin at a cache line
    table.allocation = PyMem_RawCalloc(1, <size_t>table.nbytes)
    if table.allocation == NULL:
        return -1
    prefer_huge_pages(table.allocation, <size_t>table.nbytes)
    table.buckets = <void *>((<uintptr_t>table.allocation + sizeof(Bucket) - 1) & ~<uintptr_t>(sizeof(Bucket) - 1))
    table.n_buckets = <uint64_t>n_buckets
    table.capacity = n_buckets * fill
    return 0


cdef void free_table(HashTable *table) noexcept nogil:
    PyMem_RawFree(table.allocation)
    table.allocation = NULL


# These are compiled for each kind of bucket; the functions after them choose.

cdef inline int _slots(const bucket_t *bucket) noexcept nogil:
    return sizeof(bucket.rows) // sizeof(uint32_t)


cdef inline uint64_t _home(const HashTable *table, const bucket_t *buckets, uint64_t tag) noexcept nogil:
    if bucket_t is Int64Bucket:
        return home_of(table, True, tag)
    else:
        return home_of(table, False, tag)


cdef inline bint _full(const bucket_t *bucket) noexcept nogil:
    return bucket.rows[_slots(bucket) - 1] != 0


cdef inline int _taken(const bucket_t *bucket) noexcept nogil:
    """How many slots are, which is the number of the first free one. No branch to mispredict."""
    cdef int slot, taken = 0
    for slot in range(_slots(bucket)):
        taken += bucket.rows[slot] != 0
    return taken


cdef void _add(const HashTable *table, bucket_t *buckets, uint64_t tag, uint32_t row) noexcept nogil:
    cdef uint64_t at = _home(table, buckets, tag)
    cdef int slot
    while _full(&buckets[at]):
        at = next_bucket(table, at)
    slot = _taken(&buckets[at])
    buckets[at].tags[slot] = tag
    buckets[at].rows[slot] = row


cdef void _copy(const HashTable *source, const bucket_t *buckets, HashTable *table) noexcept nogil:
    cdef uint64_t at
    cdef int slot
    for at in range(source.n_buckets):
        for slot in range(_taken(&buckets[at])):
            _add(table, <bucket_t *>table.buckets, <uint64_t>buckets[at].tags[slot], buckets[at].rows[slot])


cdef uint64_t _locate(
    const HashTable *table, const bucket_t *buckets, uint64_t tag, uint32_t row, int *slot
) noexcept nogil:
    """The bucket and slot of a row that is there."""
    cdef uint64_t at = _home(table, buckets, tag)
    while True:
        for slot[0] in range(_slots(buckets)):
            if buckets[at].rows[slot[0]] == row:
                return at
        at = next_bucket(table, at)


cdef int _passing(const HashTable *table, const bucket_t *buckets, uint64_t at, uint64_t opened) noexcept nogil:
    """A slot of bucket `at` whose search starts at `opened` or before it; -1 if there is none."""
    cdef uint64_t home
    cdef int slot
    for slot in range(_taken(&buckets[at])):
        home = _home(table, buckets, <uint64_t>buckets[at].tags[slot])
        if at - home >= at - opened:  # unsigned: buckets after `at`, from which a search comes round, are the farthest
            return slot
    return -1


cdef void _take_out(bucket_t *bucket, int slot) noexcept nogil:
    cdef int last = _taken(bucket) - 1
    bucket.tags[slot] = bucket.tags[last]
    bucket.rows[slot] = bucket.rows[last]
    bucket.rows[last] = 0


cdef void _remove(const HashTable *table, bucket_t *buckets, uint64_t tag, uint32_t row) noexcept nogil:
    cdef int slot = 0
    cdef uint64_t at = _locate(table, buckets, tag, row, &slot)
    cdef uint64_t opened = at  # searches went past it while it was full, and now would end there
    cdef bint full = _full(&buckets[at])
    _take_out(&buckets[at], slot)
    while full:
        at = next_bucket(table, at)
        full = _full(&buckets[at])
        slot = _passing(table, buckets, at, opened)
        if slot >= 0:
            buckets[opened].tags[_slots(buckets) - 1] = buckets[at].tags[slot]
            buckets[opened].rows[_slots(buckets) - 1] = buckets[at].rows[slot]
            _take_out(&buckets[at], slot)
            opened = at


cdef Py_ssize_t _displaced(const HashTable *table, const bucket_t *buckets) noexcept nogil:
    cdef uint64_t at
    cdef int slot
    cdef Py_ssize_t displaced = 0
    for at in range(table.n_buckets):
        for slot in range(_taken(&buckets[at])):
            displaced += _home(table, buckets, <uint64_t>buckets[at].tags[slot]) != at
    return displaced


cdef void add_row(HashTable *table, uint64_t tag, Py_ssize_t row) noexcept nogil:
    if table.int64:
        _add(table, <Int64Bucket *>table.buckets, tag, <uint32_t>row + 1)
    else:
        _add(table, <Bucket *>table.buckets, tag, <uint32_t>row + 1)


cdef void copy_rows(const HashTable *source, HashTable *table) noexcept nogil:
    if table.int64:
        _copy(source, <Int64Bucket *>source.buckets, table)
    else:
        _copy(source, <Bucket *>source.buckets, table)


cdef void remove_row(HashTable *table, uint64_t tag, Py_ssize_t row) noexcept nogil:
    if table.int64:
        _remove(table, <Int64Bucket *>table.buckets, tag, <uint32_t>row + 1)
    else:
        _remove(table, <Bucket *>table.buckets, tag, <uint32_t>row + 1)


cdef void renumber_row(HashTable *table, uint64_t tag, Py_ssize_t row, Py_ssize_t new_row) noexcept nogil:
    cdef int slot = 0
    cdef uint64_t at
    if table.int64:
        at = _locate(table, <Int64Bucket *>table.buckets, tag, <uint32_t>row + 1, &slot)
        (<Int64Bucket *>table.buckets)[at].rows[slot] = <uint32_t>new_row + 1
    else:
        at = _locate(table, <Bucket *>table.buckets, tag, <uint32_t>row + 1, &slot)
        (<Bucket *>table.buckets)[at].rows[slot] = <uint32_t>new_row + 1


cdef Py_ssize_t displaced_rows(const HashTable *table) noexcept nogil:
    if table.int64:
        return _displaced(table, <Int64Bucket *>table.buckets)
    return _displaced(table, <Bucket *>table.buckets)
