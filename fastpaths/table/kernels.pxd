# cython: language_level=3
"""The kernels behind simd.pxd: a table of them in portable C, which compilers make vectors of."""

cdef extern from *:
    """
    #include <stddef.h>
    #include <stdint.h>
    #include <string.h>

    typedef void fastpaths_narrow(const void *, int64_t, int64_t, uint64_t, uint64_t *, ptrdiff_t);

    struct fastpaths_kernels {
        const char *name;
        fastpaths_narrow *int64, *float64, *codes;
        void (*compare)(const int64_t *, const int64_t *, uint64_t *, uint64_t *);
        void (*sum)(const int64_t *, const uint64_t *, ptrdiff_t, uint64_t *, int64_t *);
        ptrdiff_t (*count)(const uint64_t *, ptrdiff_t);
        int64_t *(*rows)(const uint64_t *, ptrdiff_t, int64_t, int64_t *);
    };

    /* In low ... high: at most high - low above low, without a sign. */
    #define FASTPATHS_NARROW(name, target, type, bits_of)                                                            \\
        target static void name(const void *values, int64_t low, int64_t high, uint64_t flip, uint64_t *mask,        \\
                                ptrdiff_t words) {                                                                   \\
            const type *at = (const type *)values;                                                                   \\
            for (; words > 0; words--, at += 64, mask++)                                                             \\
                if (*mask) *mask &= bits_of(at, (uint64_t)low, (uint64_t)high - (uint64_t)low) ^ flip;               \\
        }

    /* 64 bytes, each 0 or 1, to 64 bits: the multiplication moves the lowest bits of eight bytes to the highest byte. */
    static inline uint64_t fastpaths_pack(const unsigned char *bytes) {
        uint64_t eight, bits = 0;
        int i;
        for (i = 0; i < 8; i++) {
            memcpy(&eight, bytes + 8 * i, 8);
            bits |= (eight * 0x0102040810204080u >> 56) << 8 * i;
        }
        return bits;
    }

    #define FASTPATHS_PORTABLE(name, type, unsigned_type, place)                                                     \\
        static inline uint64_t name##_bits(const type *at, uint64_t low, uint64_t width) {                           \\
            unsigned char in[64];                                                                                    \\
            int i;                                                                                                   \\
            for (i = 0; i < 64; i++)                                                                                 \\
                in[i] = (unsigned_type)((unsigned_type)place(at[i]) - (unsigned_type)low) <= (unsigned_type)width;   \\
            return fastpaths_pack(in);                                                                               \\
        }                                                                                                            \\
        FASTPATHS_NARROW(name, , type, name##_bits)

    FASTPATHS_PORTABLE(fastpaths_int64, int64_t, uint64_t, )
    FASTPATHS_PORTABLE(fastpaths_float64, double, uint64_t, fastpaths_place)
    FASTPATHS_PORTABLE(fastpaths_codes, int32_t, uint32_t, )

    static void fastpaths_compare(const int64_t *left, const int64_t *right, uint64_t *less, uint64_t *equal) {
        unsigned char is_less[64], is_equal[64];
        int i;
        for (i = 0; i < 64; i++) {
            is_less[i] = left[i] < right[i];
            is_equal[i] = left[i] == right[i];
        }
        *less = fastpaths_pack(is_less);
        *equal = fastpaths_pack(is_equal);
    }

    static void fastpaths_sum(const int64_t *at, const uint64_t *mask, ptrdiff_t words, uint64_t *sum, int64_t *high) {
        for (; words > 0; words--, at += 64, mask++) {
            uint64_t word = *mask, total = 0;
            int64_t highs = 0;
            int i;
            if (word == UINT64_MAX)
                for (i = 0; i < 64; i++) {
                    total += (uint64_t)at[i];
                    highs += (int32_t)((uint64_t)at[i] >> 32);
                }
            else
                for (; word; word &= word - 1) {
                    int64_t value = at[__builtin_ctzll(word)];
                    total += (uint64_t)value;
                    highs += (int32_t)((uint64_t)value >> 32);
                }
            *sum += total;
            *high += highs;
        }
    }

    /* Baseline x86-64 has no instruction for it. */
    static ptrdiff_t fastpaths_count(const uint64_t *mask, ptrdiff_t words) {
        ptrdiff_t rows = 0;
        for (; words > 0; words--) {
            uint64_t word = *mask++;
            word -= word >> 1 & 0x5555555555555555u;
            word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
            word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
            rows += (ptrdiff_t)(word * 0x0101010101010101u >> 56);
        }
        return rows;
    }

    static int64_t *fastpaths_rows(const uint64_t *mask, ptrdiff_t words, int64_t start, int64_t *rows) {
        for (; words > 0; words--, start += 64) {
            uint64_t word = *mask++;
            int i;
            if (word == UINT64_MAX) {
                for (i = 0; i < 64; i++) rows[i] = start + i;
                rows += 64;
            } else
                for (; word; word &= word - 1) *rows++ = start + __builtin_ctzll(word);
        }
        return rows;
    }

    static const struct fastpaths_kernels fastpaths_portable = {
        "portable", fastpaths_int64, fastpaths_float64, fastpaths_codes, fastpaths_compare, fastpaths_sum,
        fastpaths_count, fastpaths_rows,
    };
    """
