# cython: language_level=3
"""What gcc and clang have for processors and C has not."""

from libc.stdint cimport uint32_t

cdef extern from *:
    """
    #include <stdint.h>

    #define fastpaths_prefetch(address) __builtin_prefetch(address)
    #define fastpaths_lowest_bit(mask) __builtin_ctz(mask)

    /* Which of eight tags are this one, a bit each. */
    #ifdef __SSE2__
    #include <emmintrin.h>

    static inline uint32_t fastpaths_matches(const uint32_t *tags, uint32_t tag) {
        const __m128i wanted = _mm_set1_epi32((int)tag);
        const __m128i low = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)tags), wanted);
        const __m128i high = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(tags + 4)), wanted);
        return (uint32_t)(_mm_movemask_ps(_mm_castsi128_ps(low)) | _mm_movemask_ps(_mm_castsi128_ps(high)) << 4);
    }
    #else
    static inline uint32_t fastpaths_matches(const uint32_t *tags, uint32_t tag) {
        uint32_t bits = 0;
        int i;
        for (i = 0; i < 8; i++) bits |= (uint32_t)(tags[i] == tag) << i;
        return bits;
    }
    #endif
    """
    void prefetch "fastpaths_prefetch" (const void *address) noexcept nogil
    int lowest_bit "fastpaths_lowest_bit" (uint32_t mask) noexcept nogil
    uint32_t matches "fastpaths_matches" (const uint32_t *tags, uint32_t tag) noexcept nogil
