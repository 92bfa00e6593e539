# cython: language_level=3
"""How often an operation asks Python's allocators for memory: exact, where a profiler's samples are not.

What a C library takes from the system by itself, and what Python keeps on free lists, asks nobody and is not counted.
"""

cdef extern from "Python.h":
    ctypedef enum PyMemAllocatorDomain:
        PYMEM_DOMAIN_RAW
        PYMEM_DOMAIN_MEM
        PYMEM_DOMAIN_OBJ
    ctypedef struct PyMemAllocatorEx:
        void *ctx
        void *(*malloc)(void *ctx, size_t size) noexcept nogil
        void *(*calloc)(void *ctx, size_t nelem, size_t elsize) noexcept nogil
        void *(*realloc)(void *ctx, void *ptr, size_t new_size) noexcept nogil
        void (*free)(void *ctx, void *ptr) noexcept nogil
    void PyMem_GetAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator)
    void PyMem_SetAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator)

cdef PyMemAllocatorEx originals[3]
# Python's allocators pass what is large on to the raw one, whose call is then no request of the operation. Requests of
# the other two come with the GIL; one of the raw one without it, from another thread at that moment, may go uncounted.
cdef long long counted = 0
cdef int inside = 0


cdef inline bint enter(PyMemAllocatorEx *original) noexcept nogil:
    """Count a request; True where it can lead to another."""
    global counted, inside
    counted += not inside
    inside += original != &originals[<int>PYMEM_DOMAIN_RAW]
    return original != &originals[<int>PYMEM_DOMAIN_RAW]


cdef inline void leave(bint entered) noexcept nogil:
    global inside
    inside -= entered


cdef void *counting_malloc(void *ctx, size_t size) noexcept nogil:
    cdef PyMemAllocatorEx *original = <PyMemAllocatorEx *>ctx
    cdef bint entered = enter(original)
    cdef void *memory = original.malloc(original.ctx, size)
    leave(entered)
    return memory


cdef void *counting_calloc(void *ctx, size_t count, size_t size) noexcept nogil:
    cdef PyMemAllocatorEx *original = <PyMemAllocatorEx *>ctx
    cdef bint entered = enter(original)
    cdef void *memory = original.calloc(original.ctx, count, size)
    leave(entered)
    return memory


cdef void *counting_realloc(void *ctx, void *old, size_t size) noexcept nogil:
    cdef PyMemAllocatorEx *original = <PyMemAllocatorEx *>ctx
    cdef bint entered = enter(original)
    cdef void *memory = original.realloc(original.ctx, old, size)
    leave(entered)
    return memory


cdef void passing_free(void *ctx, void *memory) noexcept nogil:
    cdef PyMemAllocatorEx *original = <PyMemAllocatorEx *>ctx
    original.free(original.ctx, memory)


def count_allocations(object function, tuple arguments):
    """(what `function(*arguments)` returns, how many blocks of memory were asked for or resized meanwhile)."""
    global counted, inside
    cdef PyMemAllocatorEx hook
    cdef int domain
    hook.malloc, hook.calloc, hook.realloc = counting_malloc, counting_calloc, counting_realloc
    hook.free = passing_free
    for domain in range(3):
        PyMem_GetAllocator(<PyMemAllocatorDomain>domain, &originals[domain])
        hook.ctx = &originals[domain]
        PyMem_SetAllocator(<PyMemAllocatorDomain>domain, &hook)
    counted = inside = 0
    try:
        result = function(*arguments)
        return result, counted
    finally:
        for domain in range(3):
            PyMem_SetAllocator(<PyMemAllocatorDomain>domain, &originals[domain])
