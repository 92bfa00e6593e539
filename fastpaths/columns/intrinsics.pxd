# cython: language_level=3
"""What gcc and clang have for processors and C has not."""

from libc.stdint cimport uint32_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>

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
