# cython: language_level=3
"""Filters, and programs of them; filters.pxd is the design."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint16_t, uint64_t

from fastpaths.columns.vector cimport CATEGORY_KIND
from fastpaths.table.masks cimport BLOCK, WORDS, fill
from fastpaths.table.nodes cimport (
    ALL_OF, ANY_OF, ANYTHING, COLUMNS, COMPARED_TEXT, EQUAL, EQUAL_TEXT, IN_CODES, IN_NUMBERS, IN_RANGES, IN_TEXTS,
    LIKE_PATTERN, NOTHING, NUMBER_COLUMNS, PRESENT, Form, Node, Range, narrow,
)
from fastpaths.table.operands cimport Operand
from fastpaths.table.source cimport Source
from fastpaths.table.texts cimport Text, text_of

cdef enum:
    FEW = 16  # ranges: to ask for each is faster than to search for each value


@cython.final
cdef class Filter:
    """Selects the rows of which a predicate is true; if it is negated, those of which it is false. Columns are numbers.

    Numbers are places in the order of int64 (simd.pxd), texts are bytes.
    """

    @staticmethod
    def constant(bint value):
        """Every row, or none."""
        return _filter(ANYTHING if value else NOTHING, 0, False)

    @staticmethod
    def present(Py_ssize_t column, bint negated):
        """Not null."""
        return _filter(PRESENT, column, negated)

    @staticmethod
    def in_range(Py_ssize_t column, low, high, bint negated):
        """low <= value <= high. Both may lie beyond int64, and low > high selects nothing."""
        cdef Filter filter
        cdef Range *range
        low, high = max(low, INT64_MIN), min(high, INT64_MAX)
        if low > high:
            return Filter.present(column, False) if negated else Filter.constant(False)
        filter = _filter(IN_RANGES, column, negated)
        filter.node.ranges = range = <Range *>_memory(filter, 1, sizeof(Range))
        range.low, range.high = low, high
        if low == high and not negated:
            filter.values = [low]
        return filter

    @staticmethod
    def in_numbers(Py_ssize_t column, list numbers not None, bint negated):
        """One of these, which are distinct and in int64."""
        cdef Filter filter = _filter(IN_NUMBERS if len(numbers) > FEW else IN_RANGES, column, negated)
        cdef Py_ssize_t i, n = len(numbers)
        cdef int64_t *at
        cdef Range *ranges
        numbers.sort()
        if n > FEW:
            filter.node.numbers = at = <int64_t *>_memory(filter, n, sizeof(int64_t))
            for i in range(n):
                at[i] = numbers[i]
        else:
            filter.node.ranges = ranges = <Range *>_memory(filter, n, sizeof(Range))
            for i in range(n):
                ranges[i].low = ranges[i].high = numbers[i]
        filter.values = None if negated else numbers
        return filter

    @staticmethod
    def compared_text(Py_ssize_t column, int outcomes, bytes text not None, bint negated):
        """Less than, equal to or greater than the text, as `outcomes` has it."""
        cdef Filter filter = _filter(EQUAL_TEXT if outcomes == EQUAL else COMPARED_TEXT, column, negated)
        filter.node.outcomes = outcomes
        _take_texts(filter, [text])
        if outcomes == EQUAL and not negated:
            filter.values = [text]
        return filter

    @staticmethod
    def in_texts(Py_ssize_t column, list texts not None, bint negated):
        """One of these, which are distinct."""
        cdef Filter filter = _filter(IN_TEXTS, column, negated)
        texts.sort()
        _take_texts(filter, texts)
        filter.values = None if negated else texts
        return filter

    @staticmethod
    def like(Py_ssize_t column, list tokens not None, bint negated):
        """Matching a pattern, of the tokens of texts.pxd."""
        cdef Filter filter = _filter(LIKE_PATTERN, column, negated)
        cdef uint16_t *at = <uint16_t *>_memory(filter, len(tokens), sizeof(uint16_t))
        for i in range(len(tokens)):
            at[i] = tokens[i]
        filter.node.pattern = at
        return filter

    @staticmethod
    def columns(Py_ssize_t left, int outcomes, Py_ssize_t right, bint negated, bint one_order, factors=(1, 1)):
        """Less than, equal to or greater than another column. one_order: the order of both columns' numbers is that of
        their values. factors: otherwise, of integers, what brings them to one scale."""
        cdef Filter filter = _filter(NUMBER_COLUMNS if one_order else COLUMNS, left, negated)
        filter.node.outcomes = outcomes
        filter.node.right.column = right
        filter.node.left.factor, filter.node.right.factor = factors
        return filter

    @staticmethod
    def all_of(filters):
        return _combined(ALL_OF, filters)

    @staticmethod
    def any_of(filters):
        return _combined(ANY_OF, filters)


cdef Filter _filter(Form form, Py_ssize_t column, bint negated):
    cdef Filter filter = Filter.__new__(Filter)
    filter.node.form = form
    filter.node.negated = negated
    filter.node.left.column = column
    filter.children = ()
    return filter


cdef Filter _combined(Form form, object filters):
    cdef Filter filter = _filter(form, 0, False)
    filter.children = tuple(filters)
    return filter


cdef void *_memory(Filter filter, Py_ssize_t n, Py_ssize_t width) except NULL:
    """For n constants of its node."""
    filter.constants = PyBytes_FromStringAndSize(NULL, n * width)
    filter.node.size = n
    return PyBytes_AS_STRING(filter.constants)


cdef int _take_texts(Filter filter, list texts) except -1:
    cdef Text *at = <Text *>_memory(filter, len(texts), sizeof(Text))
    for i in range(len(texts)):
        at[i] = text_of(texts[i])
    filter.node.texts = at
    filter.constants = filter.constants, texts
    return 0


@cython.final
cdef class Program:

    def __cinit__(self, list filters not None):
        self.filters = filters
        self.nodes = <Node *>PyMem_Calloc(1 + _count(filters), sizeof(Node))
        if self.nodes == NULL:
            raise MemoryError

    def __dealloc__(self):
        for i in range(self.used):
            PyMem_Free(<void *>self.nodes[i].codes)
        PyMem_Free(self.nodes)

    cdef int open(self, Source source, Py_ssize_t without) except -1:
        cdef Node **link = &self.nodes.first
        self.nodes.form = ALL_OF
        self.used = 1
        for i in range(len(self.filters)):
            if i != without:
                link[0] = self.place(self.filters[i], source)
                link = &link[0].next
        return 0

    cdef Node *place(self, Filter filter, Source source) except NULL:
        cdef Node *node = self.nodes + self.used
        cdef Node **link = &node.first
        self.used += 1
        node[0] = filter.node
        for child in filter.children:
            link[0] = self.place(child, source)
            link = &link[0].next
        if node.form >= PRESENT:
            _find(source, &node.left)
            if node.form >= COLUMNS:
                _find(source, &node.right)
            elif node.left.vector.kind == CATEGORY_KIND and node.form >= EQUAL_TEXT:
                _choose_codes(node)
        return node


cdef Py_ssize_t _count(object filters) except -1:
    cdef Py_ssize_t nodes = 0
    cdef Filter filter
    for filter in filters:
        nodes += 1 + _count(filter.children)
    return nodes


cdef int _find(Source source, Operand *operand) except -1:
    source.vector(operand.column, &operand.vector)
    if operand.vector.kind == CATEGORY_KIND:
        source.categories(operand.column, &operand.categories)
    return 0


cdef int _choose_codes(Node *node) except -1:
    """Asks the test once for each category. What it selects then is a set of their numbers, or a few ranges."""
    cdef Node test = node[0]
    cdef Py_ssize_t start, code, found = 0, n = node.left.categories.length
    cdef Py_ssize_t words = (n + BLOCK - 1) // BLOCK * WORDS
    cdef uint64_t *codes = <uint64_t *>PyMem_Calloc(words * sizeof(uint64_t) + FEW * sizeof(Range), 1)
    cdef Range *ranges = <Range *>(codes + words)
    if codes == NULL:
        raise MemoryError
    node.codes = codes
    test.left.vector = node.left.categories
    test.negated = False
    for start in range(0, n, BLOCK):
        fill(codes + start // 64, min(<Py_ssize_t>BLOCK, n - start))
        narrow(&test, start, min(<Py_ssize_t>BLOCK, n - start), codes + start // 64)
    for code in range(n):
        if codes[code >> 6] >> (code & 63) & 1:
            if found == 0 or found > FEW or ranges[found - 1].high != code - 1:
                if found < FEW:
                    ranges[found].low = code
                found += 1
            if found <= FEW:
                ranges[found - 1].high = code
    node.form = IN_RANGES if found <= FEW else IN_CODES
    node.size = found if found <= FEW else n
    node.ranges = ranges
    return 0
