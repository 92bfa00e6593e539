# cython: language_level=3
"""Numbers against a range, 64 at a time; simd.pxd is the design."""

from libc.stdint cimport int32_t, int64_t, uint64_t

cdef extern from *:
    """
    #include <stddef.h>

    typedef void fastpaths_narrow(const void *, int64_t, int64_t, uint64_t, uint64_t *, ptrdiff_t);

    struct fastpaths_kernels {
        fastpaths_narrow *int64, *float64, *codes;
        void (*compare)(const int64_t *, const int64_t *, uint64_t *, uint64_t *);
    };

    /* The loop of every kernel. In low ... high: at most high - low above low, without a sign. */
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

    static const struct fastpaths_kernels fastpaths_portable = {
        fastpaths_int64, fastpaths_float64, fastpaths_codes, fastpaths_compare,
    };

    #if defined(__x86_64__) && defined(__GNUC__)
    #include <immintrin.h>
    #define FASTPATHS_AVX2 __attribute__((target("avx2")))

    /* AVX2 compares with a sign only, so both sides are moved by half of all numbers; and it asks for greater, which
       are those outside. */
    FASTPATHS_AVX2 static inline uint64_t fastpaths_lanes(__m256i comparison) {
        return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(comparison));
    }

    FASTPATHS_AVX2 static inline uint64_t fastpaths_outside(__m256i number, __m256i low, __m256i width) {
        return fastpaths_lanes(_mm256_cmpgt_epi64(_mm256_sub_epi64(number, low), width));
    }

    FASTPATHS_AVX2 static inline __m256i fastpaths_half_on(uint64_t number) {
        return _mm256_set1_epi64x((int64_t)(number ^ (uint64_t)1 << 63));
    }

    FASTPATHS_AVX2 static inline uint64_t fastpaths_int64_avx2_bits(const int64_t *at, uint64_t low, uint64_t width) {
        const __m256i lows = fastpaths_half_on(low), widths = fastpaths_half_on(width);
        uint64_t bits = 0;
        int i;
        for (i = 0; i < 64; i += 4)
            bits |= fastpaths_outside(_mm256_loadu_si256((const __m256i *)(at + i)), lows, widths) << i;
        return ~bits;
    }

    FASTPATHS_AVX2 static inline uint64_t fastpaths_float64_avx2_bits(const double *at, uint64_t low, uint64_t width) {
        const __m256i lows = fastpaths_half_on(low), widths = fastpaths_half_on(width);
        uint64_t bits = 0;
        int i;
        for (i = 0; i < 64; i += 4) {  /* the places, as fastpaths_place finds them */
            __m256d value = _mm256_add_pd(_mm256_loadu_pd(at + i), _mm256_setzero_pd());
            __m256d nan = _mm256_cmp_pd(value, value, _CMP_UNORD_Q);
            __m256i place = _mm256_castpd_si256(value);
            __m256i negative = _mm256_cmpgt_epi64(_mm256_setzero_si256(), place);
            place = _mm256_xor_si256(place, _mm256_srli_epi64(negative, 1));
            place = _mm256_blendv_epi8(place, _mm256_set1_epi64x(INT64_MAX), _mm256_castpd_si256(nan));
            bits |= fastpaths_outside(place, lows, widths) << i;
        }
        return ~bits;
    }

    FASTPATHS_AVX2 static inline uint64_t fastpaths_codes_avx2_bits(const int32_t *at, uint64_t low, uint64_t width) {
        const __m256i lows = _mm256_set1_epi32((int32_t)((uint32_t)low ^ (uint32_t)1 << 31));
        const __m256i widths = _mm256_set1_epi32((int32_t)((uint32_t)width ^ (uint32_t)1 << 31));
        uint64_t bits = 0;
        int i;
        for (i = 0; i < 64; i += 8) {
            __m256i above = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(at + i)), lows);
            __m256 outside = _mm256_castsi256_ps(_mm256_cmpgt_epi32(above, widths));
            bits |= (uint64_t)(uint32_t)_mm256_movemask_ps(outside) << i;
        }
        return ~bits;
    }

    FASTPATHS_NARROW(fastpaths_int64_avx2, FASTPATHS_AVX2, int64_t, fastpaths_int64_avx2_bits)
    FASTPATHS_NARROW(fastpaths_float64_avx2, FASTPATHS_AVX2, double, fastpaths_float64_avx2_bits)
    FASTPATHS_NARROW(fastpaths_codes_avx2, FASTPATHS_AVX2, int32_t, fastpaths_codes_avx2_bits)

    FASTPATHS_AVX2 static void fastpaths_compare_avx2(const int64_t *left, const int64_t *right, uint64_t *less,
                                                      uint64_t *equal) {
        int i;
        *less = *equal = 0;
        for (i = 0; i < 64; i += 4) {
            __m256i a = _mm256_loadu_si256((const __m256i *)(left + i));
            __m256i b = _mm256_loadu_si256((const __m256i *)(right + i));
            *less |= fastpaths_lanes(_mm256_cmpgt_epi64(b, a)) << i;
            *equal |= fastpaths_lanes(_mm256_cmpeq_epi64(a, b)) << i;
        }
    }

    static const struct fastpaths_kernels fastpaths_avx2 = {
        fastpaths_int64_avx2, fastpaths_float64_avx2, fastpaths_codes_avx2, fastpaths_compare_avx2,
    };

    static const struct fastpaths_kernels *fastpaths_best(void) {
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") ? &fastpaths_avx2 : &fastpaths_portable;
    }
    #else
    static const struct fastpaths_kernels *fastpaths_best(void) { return &fastpaths_portable; }
    #endif
    """
    ctypedef struct Kernels "struct fastpaths_kernels":
        void int64(
            const void *values, int64_t low, int64_t high, uint64_t flip, uint64_t *mask, Py_ssize_t words
        ) noexcept nogil
        void float64(
            const void *values, int64_t low, int64_t high, uint64_t flip, uint64_t *mask, Py_ssize_t words
        ) noexcept nogil
        void codes(
            const void *values, int64_t low, int64_t high, uint64_t flip, uint64_t *mask, Py_ssize_t words
        ) noexcept nogil
        void compare(const int64_t *left, const int64_t *right, uint64_t *less, uint64_t *equal) noexcept nogil

    const Kernels PORTABLE "fastpaths_portable"
    const Kernels *best_kernels "fastpaths_best" ()

cdef const Kernels *kernels = best_kernels()


def use_portable(bint portable):
    """Whether to do without what this processor can: for tests. Returns what it was."""
    global kernels
    was = kernels == &PORTABLE
    kernels = &PORTABLE if portable else best_kernels()
    return was


def place_of(double value):
    """The place of a float in the order of int64."""
    return place_of_float(value)


cdef void narrow_int64(
    const int64_t *values, int64_t low, int64_t high, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil:
    kernels.int64(values, low, high, -<uint64_t>outside, mask, words)


cdef void narrow_float64(
    const double *values, int64_t low, int64_t high, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil:
    kernels.float64(values, low, high, -<uint64_t>outside, mask, words)


cdef void narrow_codes(
    const int32_t *values, int64_t low, int64_t high, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil:
    kernels.codes(values, low, high, -<uint64_t>outside, mask, words)


cdef void compare_int64(const int64_t *left, const int64_t *right, uint64_t *less, uint64_t *equal) noexcept nogil:
    kernels.compare(left, right, less, equal)
