# cython: language_level=3
"""Nodes narrow masks; nodes.pxd is the design."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy, memset

from fastpaths.columns.binary cimport BinaryView, value_at
from fastpaths.columns.vector cimport BOOL_KIND, CATEGORY_KIND, FLOAT64_KIND, Kind, Vector
from fastpaths.table.masks cimport WORDS, is_empty, keep_present, lowest, take_bits
from fastpaths.table.operands cimport compare_numbers, compare_values, number_at
from fastpaths.table.simd cimport narrow_codes, narrow_float64, narrow_int64
from fastpaths.table.texts cimport compare_text, equal_texts, is_like

cdef void narrow(const Node *node, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil:
    if node.form == ALL_OF:
        _narrow_to_all(node, start, n, mask)
    elif node.form == ANY_OF:
        _narrow_to_any(node, start, n, mask)
    elif node.form == NOTHING:
        memset(mask, 0, WORDS * sizeof(uint64_t))
    elif node.form == PRESENT:
        keep_present(node.left.vector.validity, start, n, node.negated, mask)
    elif node.form != ANYTHING:
        keep_present(node.left.vector.validity, start, n, False, mask)
        _narrow_by_test(node, start, n, mask)


cdef void _narrow_to_all(const Node *node, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil:
    node = node.first
    while node != NULL and not is_empty(mask):
        narrow(node, start, n, mask)
        node = node.next


cdef void _narrow_to_any(const Node *node, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil:
    """Each child is asked about the rows that none before it has selected."""
    cdef uint64_t rest[WORDS]
    cdef uint64_t selected[WORDS]
    cdef int w
    memcpy(rest, mask, sizeof(rest))
    memset(mask, 0, sizeof(rest))
    node = node.first
    while node != NULL and not is_empty(rest):
        memcpy(selected, rest, sizeof(rest))
        narrow(node, start, n, selected)
        for w in range(WORDS):
            mask[w] |= selected[w]
            rest[w] &= ~selected[w]
        node = node.next


cdef void _narrow_by_test(const Node *node, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil:
    if node.form == IN_RANGES and node.left.vector.kind == BOOL_KIND:
        _narrow_bools(node, start, n, mask)
    elif node.form == IN_RANGES:
        _narrow_to_ranges(node, start, n, mask)
    elif node.form == EQUAL_TEXT:
        _narrow_texts(node, start, mask)
    elif node.form == NUMBER_COLUMNS:
        keep_present(node.right.vector.validity, start, n, False, mask)
        _narrow_pairs(node, start, n, mask)
    else:
        if node.form == COLUMNS:
            keep_present(node.right.vector.validity, start, n, False, mask)
        _narrow_rows(node, start, mask)


cdef void _narrow_bools(const Node *node, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil:
    cdef uint64_t bits[WORDS]
    cdef uint64_t true = 0, false = 0, flip = -<uint64_t>node.negated
    cdef Py_ssize_t i
    for i in range(node.size):
        true |= -<uint64_t>(node.ranges[i].low <= 1 <= node.ranges[i].high)
        false |= -<uint64_t>(node.ranges[i].low <= 0 <= node.ranges[i].high)
    take_bits(<const unsigned char *>node.left.vector.values, start, n, bits)
    for i in range(WORDS):
        mask[i] &= (bits[i] & true | ~bits[i] & false) ^ flip


cdef void _narrow_to_ranges(const Node *node, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil:
    cdef uint64_t rest[WORDS]
    cdef Py_ssize_t i
    if node.size == 1:
        _narrow_to_range(node, &node.ranges[0], node.negated, start, n, mask)
        return
    memcpy(rest, mask, sizeof(rest))
    for i in range(node.size):  # out of every range
        _narrow_to_range(node, &node.ranges[i], True, start, n, rest)
    for i in range(WORDS):
        mask[i] = rest[i] if node.negated else mask[i] & ~rest[i]


cdef void _narrow_to_range(
    const Node *node, const Range *range, bint outside, Py_ssize_t start, Py_ssize_t n, uint64_t *mask
) noexcept nogil:
    """The last values, fewer than 64, are copied: the kernels read 64."""
    cdef int64_t last[64]
    cdef Py_ssize_t width = sizeof(int32_t) if node.left.vector.kind == CATEGORY_KIND else sizeof(int64_t)
    cdef const char *values = <const char *>node.left.vector.values + start * width
    cdef Py_ssize_t words = n >> 6
    _narrow_words(node.left.vector.kind, values, range, outside, mask, words)
    if n & 63:
        memset(last, 0, sizeof(last))
        memcpy(last, values + 64 * words * width, <size_t>((n & 63) * width))
        _narrow_words(node.left.vector.kind, last, range, outside, mask + words, 1)


cdef inline void _narrow_words(
    Kind kind, const void *values, const Range *range, bint outside, uint64_t *mask, Py_ssize_t words
) noexcept nogil:
    if kind == CATEGORY_KIND:
        narrow_codes(<const int32_t *>values, range.low, range.high, outside, mask, words)
    elif kind == FLOAT64_KIND:
        narrow_float64(<const double *>values, range.low, range.high, outside, mask, words)
    else:
        narrow_int64(<const int64_t *>values, range.low, range.high, outside, mask, words)


cdef void _narrow_texts(const Node *node, Py_ssize_t start, uint64_t *mask) noexcept nogil:
    cdef const BinaryView *views = <const BinaryView *>node.left.vector.values + start
    cdef uint64_t flip = -<uint64_t>node.negated
    cdef int w
    for w in range(WORDS):
        if mask[w]:
            mask[w] &= equal_texts(views + 64 * w, node.left.vector.data, node.texts, mask[w]) ^ flip


cdef void _narrow_pairs(const Node *node, Py_ssize_t start, Py_ssize_t n, uint64_t *mask) noexcept nogil:
    cdef uint64_t less = 0, equal = 0, selected
    cdef uint64_t flip = -<uint64_t>node.negated
    cdef Py_ssize_t w
    for w in range(n + 63 >> 6):
        if mask[w]:
            compare_numbers(&node.left, &node.right, start + 64 * w, min(<Py_ssize_t>64, n - 64 * w), &less, &equal)
            selected = less & -<uint64_t>(node.outcomes & LESS != 0)
            selected |= equal & -<uint64_t>(node.outcomes & EQUAL != 0)
            selected |= ~(less | equal) & -<uint64_t>(node.outcomes & GREATER != 0)
            mask[w] &= selected ^ flip


cdef void _narrow_rows(const Node *node, Py_ssize_t start, uint64_t *mask) noexcept nogil:
    """One row after the other, of those that are left."""
    cdef uint64_t rest
    cdef int w
    for w in range(WORDS):
        rest = mask[w]
        while rest:
            if _is_selected(node, start + 64 * w + lowest(rest)) == node.negated:
                mask[w] ^= rest & -rest
            rest &= rest - 1


cdef inline bint _is_selected(const Node *node, Py_ssize_t row) noexcept nogil:
    cdef const Vector *vector = &node.left.vector
    cdef const BinaryView *view
    if node.form == IN_CODES:
        return _has_code(node, (<const int32_t *>vector.values)[row])
    if node.form == IN_NUMBERS:
        return _has_number(node, number_at(vector, row))
    if node.form == COLUMNS:
        return _is_outcome(node, compare_values(&node.left, &node.right, row))
    view = <const BinaryView *>vector.values + row
    if node.form == COMPARED_TEXT:
        return _is_outcome(node, compare_text(view, vector.data, node.texts))
    if node.form == IN_TEXTS:
        return _has_text(node, view)
    return is_like(value_at(view, 0, vector.data), node.pattern, node.size)


cdef inline bint _is_outcome(const Node *node, int order) noexcept nogil:
    return node.outcomes >> (order + 1) & 1


cdef inline bint _has_code(const Node *node, int32_t code) noexcept nogil:
    return 0 <= code < node.size and node.codes[code >> 6] >> (code & 63) & 1


cdef inline bint _has_number(const Node *node, int64_t number) noexcept nogil:
    """By bisection, without a branch for processors to guess."""
    cdef const int64_t *at = node.numbers
    cdef Py_ssize_t n = node.size, half
    while n > 1:
        half = n >> 1
        at += half if at[half] <= number else 0
        n -= half
    return at[0] == number


cdef bint _has_text(const Node *node, const BinaryView *view) noexcept nogil:
    cdef Py_ssize_t low = 0, high = node.size, middle
    cdef int order
    while low < high:
        middle = low + (high - low >> 1)
        order = compare_text(view, node.left.vector.data, &node.texts[middle])
        if order == 0:
            return True
        if order < 0:
            high = middle
        else:
            low = middle + 1
    return False
