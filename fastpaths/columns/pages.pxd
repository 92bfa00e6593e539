# cython: language_level=3
"""Huge pages for memory that is read here and there: a lookup then waits for the memory, not for the page's address.

A page of 4 KiB needs an entry of its own in the processor's cache of addresses (TLB), which has some 2,000: enough for
8 MB. A page of 2 MiB needs one, too. Linux gives them on request; elsewhere, and below HUGE_FROM bytes (what numpy
takes for its arrays), nothing is asked.
"""

cdef extern from *:
    """
    #include <stddef.h>
    #if defined(__linux__)
    #include <stdint.h>
    #include <sys/mman.h>
    #include <unistd.h>
    #endif

    #define FASTPATHS_HUGE_FROM ((size_t)4 << 20)

    static inline void fastpaths_prefer_huge_pages(void *memory, size_t size) {
    #if defined(__linux__) && defined(MADV_HUGEPAGE)
        /* Whole pages around it, not within it: a mapping of which a part is advised falls into pieces, and those
           cannot grow together. It is advice: what else lies on the outermost pages is not harmed. */
        const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
        const uintptr_t first = (uintptr_t)memory & ~(page - 1);
        const uintptr_t end = ((uintptr_t)memory + size + page - 1) & ~(page - 1);
        if (size >= FASTPATHS_HUGE_FROM) (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
    #else
        (void)memory;
        (void)size;
    #endif
    }
    """
    void prefer_huge_pages "fastpaths_prefer_huge_pages" (void *memory, size_t size) noexcept nogil
