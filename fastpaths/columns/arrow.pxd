# cython: language_level=3
"""Arrow's C data interface and C stream interface: the structs through which arrays change hands without a copy.

Whoever holds a struct whose `release` is not NULL must see to it that release is called, once. A struct is moved by
copying it and setting the `release` of the original to NULL; a consumer may so move the children and the dictionary of
what it holds, too, which are therefore released each for itself, before or after what they came from, by any thread,
and without the GIL. Only the memory of the structs of children and dictionary belongs to their parent.
"""

from libc.stdint cimport int64_t

cdef enum:
    NULLABLE = 2  # a flag of ArrowSchema

cdef struct ArrowSchema:
    const char *format
    const char *name
    const char *metadata
    int64_t flags
    int64_t n_children
    ArrowSchema **children
    ArrowSchema *dictionary
    void (*release)(ArrowSchema *) noexcept nogil
    void *private_data

cdef struct ArrowArray:
    int64_t length
    int64_t null_count      # -1: not counted
    int64_t offset          # of the first value in the buffers, and in the children
    int64_t n_buffers
    int64_t n_children
    const void **buffers
    ArrowArray **children
    ArrowArray *dictionary
    void (*release)(ArrowArray *) noexcept nogil
    void *private_data

cdef struct ArrowArrayStream:
    int (*get_schema)(ArrowArrayStream *, ArrowSchema *) noexcept nogil
    int (*get_next)(ArrowArrayStream *, ArrowArray *) noexcept nogil  # at the end, an array whose release is NULL
    const char *(*get_last_error)(ArrowArrayStream *) noexcept nogil
    void (*release)(ArrowArrayStream *) noexcept nogil
    void *private_data
