# cython: language_level=3
"""Tallies; tally.pxd is the design."""

from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree
from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint64_t
from libc.string cimport memset

from fastpaths.columns.binary cimport BinaryView
from fastpaths.columns.vector cimport (
    BYTES_KIND, CATEGORY_KIND, DECIMAL_KIND, FLOAT64_KIND, INT64_KIND, STR_KIND, TIMESTAMP_KIND, Vector,
)
from fastpaths.table.masks cimport WORDS, keep_present, lowest
from fastpaths.table.operands cimport number_at
from fastpaths.table.simd cimport count_rows, sum_int64
from fastpaths.table.texts cimport compare_text, text_at

cdef enum:
    FULL = -1  # a word of a mask that has every bit


cdef Tally new_tally(Function function, Vector vector) noexcept nogil:
    cdef Tally tally
    memset(&tally, 0, sizeof(Tally))
    tally.function = function
    tally.vector = vector
    tally.least = INT64_MAX
    tally.greatest = INT64_MIN
    return tally


cdef int add_categories(Tally *tally, Vector categories) noexcept nogil:
    tally.categories = categories
    tally.seen = <unsigned char *>PyMem_RawCalloc(<size_t>categories.length, 1)
    return -1 if tally.seen == NULL else 0


cdef void finish(Tally *tally) noexcept nogil:
    cdef Py_ssize_t code
    if tally.seen != NULL:
        for code in range(tally.categories.length):
            if tally.seen[code]:
                _compare_text(tally, &tally.categories, code)


cdef void free_tally(Tally *tally) noexcept nogil:
    PyMem_RawFree(tally.seen)
    tally.seen = NULL


cdef void take_block(Tally *tally, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil:
    cdef Py_ssize_t w
    cdef Py_ssize_t words = n + 63 >> 6
    keep_present(tally.vector.validity, start, n, False, mask)
    tally.count += count_rows(mask, WORDS)
    if tally.function == SUM and tally.vector.kind != FLOAT64_KIND:
        sum_int64(<const int64_t *>tally.vector.values + start, mask, words, &tally.sum, &tally.high)
        return
    for w in range(words):
        if mask[w]:
            if tally.function == SUM:
                _add_floats(tally, <const double *>tally.vector.values + start + 64 * w, mask[w])
            elif tally.function == EXTREMES:
                _compare(tally, start + 64 * w, mask[w])


cdef inline void _add_floats(Tally *tally, const double *values, uint64_t word) noexcept nogil:
    cdef int i, lane
    if word == <uint64_t>FULL:
        for i in range(64 // LANES):
            for lane in range(LANES):
                tally.lanes[lane] += values[LANES * i + lane]
    else:
        while word:
            i = lowest(word)
            tally.lanes[i % LANES] += values[i]
            word &= word - 1


cdef inline void _compare_integers(Tally *tally, const int64_t *values) noexcept nogil:
    cdef int64_t least = tally.least, greatest = tally.greatest
    cdef int i
    for i in range(64):
        least = min(least, values[i])
        greatest = max(greatest, values[i])
    tally.least = least
    tally.greatest = greatest


cdef inline void _compare(Tally *tally, Py_ssize_t start, uint64_t word) noexcept nogil:
    if word == <uint64_t>FULL and tally.vector.kind in (INT64_KIND, DECIMAL_KIND, TIMESTAMP_KIND):
        _compare_integers(tally, <const int64_t *>tally.vector.values + start)
    else:
        _compare_rows(tally, start, word)


cdef void _compare_rows(Tally *tally, Py_ssize_t start, uint64_t word) noexcept nogil:
    cdef Py_ssize_t row
    while word:
        row = start + lowest(word)
        word &= word - 1
        if tally.vector.kind in (STR_KIND, BYTES_KIND):
            _compare_text(tally, &tally.vector, row)
        elif tally.vector.kind == CATEGORY_KIND:
            _see(tally, (<const int32_t *>tally.vector.values)[row])
        else:
            _compare_number(tally, number_at(&tally.vector, row))


cdef inline void _compare_number(Tally *tally, int64_t number) noexcept nogil:
    tally.least = min(tally.least, number)
    tally.greatest = max(tally.greatest, number)


cdef inline void _see(Tally *tally, int32_t code) noexcept nogil:
    if 0 <= code < tally.categories.length:
        tally.seen[code] = 1


cdef inline void _compare_text(Tally *tally, const Vector *texts, Py_ssize_t i) noexcept nogil:
    cdef const BinaryView *view = <const BinaryView *>texts.values + i
    if tally.least_text.span.data == NULL:
        tally.least_text = tally.greatest_text = text_at(view, texts.data)
    elif compare_text(view, texts.data, &tally.least_text) < 0:
        tally.least_text = text_at(view, texts.data)
    elif compare_text(view, texts.data, &tally.greatest_text) > 0:
        tally.greatest_text = text_at(view, texts.data)
