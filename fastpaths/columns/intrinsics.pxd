# cython: language_level=3
"""What gcc and clang have for processors and C has not."""

from libc.stdint cimport int64_t, uint32_t

cdef extern from *:
    """
    #include <stdint.h>

    #define fastpaths_prefetch(address) __builtin_prefetch(address)
    #define fastpaths_lowest_bit(mask) __builtin_ctz(mask)

    /* matches: which of eight tags are this one, a bit each. match64: which of five is the first, -1 for none. */
    #ifdef __SSE2__
    #include <emmintrin.h>

    static inline uint32_t fastpaths_matches(const uint32_t *tags, uint32_t tag) {
        const __m128i wanted = _mm_set1_epi32((int)tag);
        const __m128i low = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)tags), wanted);
        const __m128i high = _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)(tags + 4)), wanted);
        return (uint32_t)(_mm_movemask_ps(_mm_castsi128_ps(low)) | _mm_movemask_ps(_mm_castsi128_ps(high)) << 4);
    }

    static inline __m128i fastpaths_halves_equal(const int64_t *tags, __m128i wanted) {
        return _mm_cmpeq_epi32(_mm_loadu_si128((const __m128i *)tags), wanted);
    }

    static inline int fastpaths_match64(const int64_t *tags, int64_t tag) {
        const __m128i wanted = _mm_set1_epi64x(tag);
        const __m128i first = _mm_packs_epi32(
            fastpaths_halves_equal(tags, wanted), fastpaths_halves_equal(tags + 2, wanted));
        const __m128i last = _mm_cmpeq_epi32(_mm_loadl_epi64((const __m128i *)(tags + 4)), wanted);
        const __m128i both = _mm_packs_epi16(first, _mm_packs_epi32(last, _mm_setzero_si128()));
        const uint32_t halves = (uint32_t)_mm_movemask_epi8(both);  /* SSE2 compares no more than halves of them */
        const uint32_t whole = halves & halves >> 1 & 0x155;
        return whole ? __builtin_ctz(whole) >> 1 : -1;
    }
    #else
    static inline uint32_t fastpaths_matches(const uint32_t *tags, uint32_t tag) {
        uint32_t bits = 0;
        int i;
        for (i = 0; i < 8; i++) bits |= (uint32_t)(tags[i] == tag) << i;
        return bits;
    }

    static inline int fastpaths_match64(const int64_t *tags, int64_t tag) {
        uint32_t bits = 0;
        int i;
        for (i = 0; i < 5; i++) bits |= (uint32_t)(tags[i] == tag) << i;  /* no branch to mispredict */
        return bits ? __builtin_ctz(bits) : -1;
    }
    #endif
    """
    void prefetch "fastpaths_prefetch" (const void *address) noexcept nogil
    int lowest_bit "fastpaths_lowest_bit" (uint32_t mask) noexcept nogil
    uint32_t matches "fastpaths_matches" (const uint32_t *tags, uint32_t tag) noexcept nogil
    int match64 "fastpaths_match64" (const int64_t *tags, int64_t tag) noexcept nogil
