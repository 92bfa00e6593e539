# cython: language_level=3
"""Which bytes are wanted: those that, of the bits in `mask`, have just the ones in `value`.

One byte is wanted by mask 0xff; the last byte of a varint by mask 0x80 and value 0.
"""

from libc.stdint cimport uint64_t

cdef extern from *:
    """
    #include <stddef.h>
    #include <stdint.h>
    #include <string.h>

    #define fastpaths_first_bit(bits) __builtin_ctzll(bits)
    #define fastpaths_count_bits(bits) __builtin_popcountll(bits)

    #if defined(__SSE2__)
    #include <emmintrin.h>

    static inline uint64_t fastpaths_wanted16(const unsigned char *data, unsigned char mask, unsigned char value) {
        const __m128i bits = _mm_and_si128(_mm_loadu_si128((const __m128i *)data), _mm_set1_epi8((char)mask));
        return (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bits, _mm_set1_epi8((char)value)));
    }

    static inline uint64_t fastpaths_wanted64(const unsigned char *data, unsigned char mask, unsigned char value) {
        return fastpaths_wanted16(data, mask, value) | fastpaths_wanted16(data + 16, mask, value) << 16
            | fastpaths_wanted16(data + 32, mask, value) << 32 | fastpaths_wanted16(data + 48, mask, value) << 48;
    }
    #else
    static inline uint64_t fastpaths_wanted64(const unsigned char *data, unsigned char mask, unsigned char value) {
        uint64_t wanted = 0;
        int i;
        for (i = 0; i < 64; i++) wanted |= (uint64_t)((data[i] & mask) == value) << i;
        return wanted;
    }
    #endif

    static inline uint64_t fastpaths_wanted(
        const unsigned char *data, size_t size, unsigned char mask, unsigned char value
    ) {
        unsigned char last[64] = {0};
        if (size >= 64) return fastpaths_wanted64(data, mask, value);
        memcpy(last, data, size);
        return fastpaths_wanted64(last, mask, value) & (((uint64_t)1 << size) - 1);
    }

    /* In 64 lanes of a byte, which the compiler makes vectors of; emptied before they could overflow. */
    static inline size_t fastpaths_count(
        const unsigned char *data, size_t size, unsigned char mask, unsigned char value
    ) {
        unsigned char lanes[64];
        size_t total = 0, rows, row, i;
        while (size >= 64) {
            rows = size / 64 < 255 ? size / 64 : 255;
            for (i = 0; i < 64; i++) lanes[i] = 0;
            for (row = 0; row < rows; row++, data += 64)
                for (i = 0; i < 64; i++) lanes[i] = (unsigned char)(lanes[i] + ((data[i] & mask) == value));
            for (i = 0; i < 64; i++) total += lanes[i];
            size -= rows * 64;
        }
        for (; size > 0; data++, size--) total += (*data & mask) == value;
        return total;
    }
    """
    int first_bit "fastpaths_first_bit" (uint64_t bits) noexcept nogil  # the lowest that is set; of 0, undefined
    int count_bits "fastpaths_count_bits" (uint64_t bits) noexcept nogil

    # A bit for each of the first 64 bytes, or of fewer where there are only `size`.
    uint64_t wanted "fastpaths_wanted" (
        const unsigned char *data, size_t size, unsigned char mask, unsigned char value
    ) noexcept nogil

    size_t count_wanted "fastpaths_count" (
        const unsigned char *data, size_t size, unsigned char mask, unsigned char value
    ) noexcept nogil
