# cython: language_level=3
"""The sum of bytes.

Every x86-64 has an instruction for it: SSE2's psadbw adds up the distances of bytes from zero. Elsewhere the compiler
makes vectors of a loop over 16-bit lanes, each of which is emptied after 256 bytes, before it could overflow.
"""

from libc.stdint cimport uint64_t

cdef extern from *:
    """
    #include <stddef.h>
    #include <stdint.h>
    #if defined(__SSE2__) || defined(_M_X64)
    #include <emmintrin.h>

    static inline __m128i fastpaths_sum16(const unsigned char *data) {
        return _mm_sad_epu8(_mm_loadu_si128((const __m128i *)data), _mm_setzero_si128());
    }

    static uint64_t fastpaths_sum(const unsigned char *data, size_t size) {
        __m128i a = _mm_setzero_si128(), b = a, c = a, d = a;
        uint64_t halves[2];
        for (; size >= 64; data += 64, size -= 64) {
            a = _mm_add_epi64(a, fastpaths_sum16(data));
            b = _mm_add_epi64(b, fastpaths_sum16(data + 16));
            c = _mm_add_epi64(c, fastpaths_sum16(data + 32));
            d = _mm_add_epi64(d, fastpaths_sum16(data + 48));
        }
        for (; size >= 16; data += 16, size -= 16) a = _mm_add_epi64(a, fastpaths_sum16(data));
        _mm_storeu_si128((__m128i *)halves, _mm_add_epi64(_mm_add_epi64(a, b), _mm_add_epi64(c, d)));
        for (; size > 0; data++, size--) halves[0] += *data;
        return halves[0] + halves[1];
    }
    #else
    static uint64_t fastpaths_sum(const unsigned char *data, size_t size) {
        uint16_t lanes[32];
        uint64_t total = 0;
        size_t rows, row, i;
        while (size >= 32) {
            rows = size / 32 < 256 ? size / 32 : 256;
            for (i = 0; i < 32; i++) lanes[i] = 0;
            for (row = 0; row < rows; row++, data += 32)
                for (i = 0; i < 32; i++) lanes[i] = (uint16_t)(lanes[i] + data[i]);
            for (i = 0; i < 32; i++) total += lanes[i];
            size -= rows * 32;
        }
        for (; size > 0; data++, size--) total += *data;
        return total;
    }
    #endif
    """
    # Exact: to overflow it takes 2**56 bytes.
    uint64_t sum_of "fastpaths_sum" (const unsigned char *data, size_t size) noexcept nogil
