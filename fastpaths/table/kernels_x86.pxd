# cython: language_level=3
"""The kernels with AVX2, and with the AVX-512 that Intel has had since Ice Lake and AMD since Zen 4."""

cimport fastpaths.table.kernels

cdef extern from *:
    """
    #if defined(__x86_64__) && defined(__GNUC__)
    #include <immintrin.h>
    #define FASTPATHS_AVX2 __attribute__((target("avx2,popcnt")))
    #define FASTPATHS_AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,popcnt,bmi,bmi2")))

    FASTPATHS_AVX2 static inline uint64_t fastpaths_lanes(__m256i comparison) {
        return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(comparison));
    }

    /* AVX2 compares with a sign only, so both sides are moved by half of all numbers; and it asks for greater, which
       are those outside. */
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

    /* The places are those of fastpaths_place. */
    FASTPATHS_AVX2 static inline uint64_t fastpaths_float64_avx2_bits(const double *at, uint64_t low, uint64_t width) {
        const __m256i lows = fastpaths_half_on(low), widths = fastpaths_half_on(width);
        uint64_t bits = 0;
        int i;
        for (i = 0; i < 64; i += 4) {
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
        uint64_t is_less = 0, is_equal = 0;
        int i;
        for (i = 0; i < 64; i += 4) {
            __m256i a = _mm256_loadu_si256((const __m256i *)(left + i));
            __m256i b = _mm256_loadu_si256((const __m256i *)(right + i));
            is_less |= fastpaths_lanes(_mm256_cmpgt_epi64(b, a)) << i;
            is_equal |= fastpaths_lanes(_mm256_cmpeq_epi64(a, b)) << i;
        }
        *less = is_less;
        *equal = is_equal;
    }

    FASTPATHS_AVX2 static ptrdiff_t fastpaths_count_popcnt(const uint64_t *mask, ptrdiff_t words) {
        ptrdiff_t rows = 0;
        for (; words > 0; words--) rows += __builtin_popcountll(*mask++);
        return rows;
    }

    static const struct fastpaths_kernels fastpaths_avx2 = {
        "avx2", fastpaths_int64_avx2, fastpaths_float64_avx2, fastpaths_codes_avx2, fastpaths_compare_avx2,
        fastpaths_sum, fastpaths_count_popcnt, fastpaths_rows,
    };

    FASTPATHS_AVX512 static inline uint64_t fastpaths_int64_avx512_bits(const int64_t *at, uint64_t low,
                                                                        uint64_t width) {
        const __m512i lows = _mm512_set1_epi64((int64_t)low), widths = _mm512_set1_epi64((int64_t)width);
        uint64_t bits = 0;
        int i;
        for (i = 0; i < 64; i += 8) {
            __m512i above = _mm512_sub_epi64(_mm512_loadu_si512(at + i), lows);
            bits |= (uint64_t)_mm512_cmple_epu64_mask(above, widths) << i;
        }
        return bits;
    }

    FASTPATHS_AVX512 static inline uint64_t fastpaths_float64_avx512_bits(const double *at, uint64_t low,
                                                                          uint64_t width) {
        const __m512i lows = _mm512_set1_epi64((int64_t)low), widths = _mm512_set1_epi64((int64_t)width);
        uint64_t bits = 0;
        int i;
        for (i = 0; i < 64; i += 8) {
            __m512d value = _mm512_add_pd(_mm512_loadu_pd(at + i), _mm512_setzero_pd());
            __m512i place = _mm512_castpd_si512(value);
            place = _mm512_xor_si512(place, _mm512_srli_epi64(_mm512_srai_epi64(place, 63), 1));
            place = _mm512_mask_mov_epi64(place, _mm512_cmp_pd_mask(value, value, _CMP_UNORD_Q),
                                          _mm512_set1_epi64(INT64_MAX));
            bits |= (uint64_t)_mm512_cmple_epu64_mask(_mm512_sub_epi64(place, lows), widths) << i;
        }
        return bits;
    }

    FASTPATHS_AVX512 static inline uint64_t fastpaths_codes_avx512_bits(const int32_t *at, uint64_t low,
                                                                        uint64_t width) {
        const __m512i lows = _mm512_set1_epi32((int32_t)low), widths = _mm512_set1_epi32((int32_t)width);
        uint64_t bits = 0;
        int i;
        for (i = 0; i < 64; i += 16) {
            __m512i above = _mm512_sub_epi32(_mm512_loadu_si512(at + i), lows);
            bits |= (uint64_t)_mm512_cmple_epu32_mask(above, widths) << i;
        }
        return bits;
    }

    FASTPATHS_NARROW(fastpaths_int64_avx512, FASTPATHS_AVX512, int64_t, fastpaths_int64_avx512_bits)
    FASTPATHS_NARROW(fastpaths_float64_avx512, FASTPATHS_AVX512, double, fastpaths_float64_avx512_bits)
    FASTPATHS_NARROW(fastpaths_codes_avx512, FASTPATHS_AVX512, int32_t, fastpaths_codes_avx512_bits)

    FASTPATHS_AVX512 static void fastpaths_sum_avx512(const int64_t *at, const uint64_t *mask, ptrdiff_t words,
                                                      uint64_t *sum, int64_t *high) {
        __m512i total = _mm512_setzero_si512(), highs = total;
        int i;
        for (; words > 0; words--, at += 64, mask++)
            for (i = 0; *mask && i < 64; i += 8) {
                __m512i values = _mm512_maskz_loadu_epi64((__mmask8)(*mask >> i), at + i);
                total = _mm512_add_epi64(total, values);
                highs = _mm512_add_epi64(highs, _mm512_srai_epi64(values, 32));
            }
        *sum += (uint64_t)_mm512_reduce_add_epi64(total);
        *high += _mm512_reduce_add_epi64(highs);
    }

    /* The numbers 0 ... 63 of the bits, moved together; then as many int64 as there are. */
    FASTPATHS_AVX512 static int64_t *fastpaths_rows_avx512(const uint64_t *mask, ptrdiff_t words, int64_t start,
                                                           int64_t *rows) {
        unsigned char numbers[64];
        int i, count;
        __m512i all;
        for (i = 0; i < 64; i++) numbers[i] = (unsigned char)i;
        all = _mm512_loadu_si512(numbers);
        for (; words > 0; words--, start += 64, mask++) {
            _mm512_storeu_si512(numbers, _mm512_maskz_compress_epi8(*mask, all));
            count = __builtin_popcountll(*mask);
            for (i = 0; i < count; i += 8) {
                __m512i eight = _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)(numbers + i)));
                _mm512_mask_storeu_epi64(rows + i, (__mmask8)_bzhi_u32(0xFF, (uint32_t)(count - i)),
                                         _mm512_add_epi64(eight, _mm512_set1_epi64(start)));
            }
            rows += count;
        }
        return rows;
    }

    static const struct fastpaths_kernels fastpaths_avx512 = {
        "avx512", fastpaths_int64_avx512, fastpaths_float64_avx512, fastpaths_codes_avx512, fastpaths_compare_avx2,
        fastpaths_sum_avx512, fastpaths_count_popcnt, fastpaths_rows_avx512,
    };

    static int fastpaths_has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt"); }

    static int fastpaths_has_avx512(void) {
        return fastpaths_has_avx2() && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2") &&
               __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    }

    /* From the plainest to the best. */
    static int fastpaths_kernel_sets(const struct fastpaths_kernels **sets) {
        int n = 0;
        __builtin_cpu_init();
        sets[n++] = &fastpaths_portable;
        if (fastpaths_has_avx2()) sets[n++] = &fastpaths_avx2;
        if (fastpaths_has_avx512()) sets[n++] = &fastpaths_avx512;
        return n;
    }
    #else
    static int fastpaths_kernel_sets(const struct fastpaths_kernels **sets) {
        sets[0] = &fastpaths_portable;
        return 1;
    }
    #endif
    """
