# cython: language_level=3
"""Aggregates of a column, over all rows or those that a plan selects."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint64_t
from libc.string cimport memset

from fastpaths.columns.vector cimport CATEGORY_KIND, FLOAT64_KIND, Vector
from fastpaths.table.masks cimport WORDS
from fastpaths.table.scan cimport Scan, State, next_block
from fastpaths.table.simd cimport float_at_place
from fastpaths.table.source cimport Source
from fastpaths.table.tally cimport (
    COUNT, EXTREMES, SUM, Function, Tally, add_categories, finish, free_tally, new_tally, take_block,
)
from fastpaths.table.texts cimport Text

from decimal import Context, Decimal

from .binding import column_of
from .constants import EPOCH, MICROSECOND

cdef dict FUNCTIONS = {"count": COUNT, "sum": SUM, "mean": SUM, "min": EXTREMES, "max": EXTREMES}
cdef object EXACT = Context(prec=40)  # enough for the sum of 2**32 int64
cdef object MEAN = Context(prec=28)


def aggregate(Source source not None, str function not None, column=None, plan=None, params=None):
    """The count, sum, min, max or mean of a column's values that are not null, in Python's own types; the count of no
    column, or of "*", is of rows.

    plan, params: of the rows only that it selects.

    But for the count, it is None where there is no value. Sums of int64 and decimal are exact, and an OverflowError if
    such a column could not hold them; means are exact sums divided: a float, or a Decimal of 28 digits. NaN is greater
    than other floats. TypeError for the sum or mean of what is no number.
    """
    cdef Py_ssize_t number = -1
    if function not in FUNCTIONS:
        raise ValueError(f"an aggregate is {', '.join(FUNCTIONS)}, found {function!r}")
    type = None
    if column is not None and column != "*":
        number, type = column_of({name: (i, type) for i, (name, type) in enumerate(source.schema.items())}, column)
    if function != "count" and type is None:
        raise ValueError(f"{function} is of a column, found {column!r}")
    if FUNCTIONS[function] == SUM and type.kind not in ("int64", "float64", "decimal"):
        raise TypeError(f"{function} is of numbers; column {column!r} is {type}")
    cdef Aggregate result = Aggregate(Scan(source, [] if plan is None else plan.filters(source, params)))
    result.run(FUNCTIONS[function], number)
    if function == "count":
        return result.tally.count
    if result.tally.count == 0:
        return None
    if function in ("min", "max"):
        return result.extreme(type, function == "min")
    total = result.sum()
    if function == "sum":
        if type.kind != "float64" and not -2**63 <= total < 2**63:
            raise OverflowError(f"the sum of column {column!r} is {_value(total, type)}, which no {type} holds")
        return _value(total, type)
    if type.kind == "decimal":
        return MEAN.divide(_value(total, type), Decimal(result.tally.count))
    return total / result.tally.count


cdef object _value(total, type):
    return EXACT.scaleb(Decimal(total), -type.scale) if type.kind == "decimal" else total


cdef class Aggregate:
    """A tally of a scan."""
    cdef Scan scan
    cdef Tally tally
    cdef bytes least  # texts
    cdef bytes greatest

    def __cinit__(self, Scan scan not None):
        self.scan = scan

    def __dealloc__(self):
        free_tally(&self.tally)

    cdef int run(self, Function function, Py_ssize_t column) except -1:
        """Of column -1: only the count."""
        try:
            self.scan.open()
            self.open_tally(function, column)
            if self.scan.releases_gil:
                with nogil:
                    _take_all(&self.scan.state, &self.tally)
            else:
                _take_all(&self.scan.state, &self.tally)
            self.least = _bytes_of(&self.tally.least_text)  # before they can change
            self.greatest = _bytes_of(&self.tally.greatest_text)
        finally:
            self.scan.close()
        return 0

    cdef int open_tally(self, Function function, Py_ssize_t column) except -1:
        cdef Vector vector
        cdef Vector categories
        memset(&vector, 0, sizeof(Vector))  # without nulls
        if column >= 0:
            self.scan.source.vector(column, &vector)
        self.tally = new_tally(function, vector)
        if column >= 0 and function == EXTREMES and vector.kind == CATEGORY_KIND:
            self.scan.source.categories(column, &categories)
            if add_categories(&self.tally, categories) < 0:
                raise MemoryError
        return 0

    cdef object sum(self):
        """An int, of a decimal column its units; or a float."""
        cdef double *lanes = self.tally.lanes
        cdef uint64_t low = self.tally.sum - (<uint64_t>self.tally.high << 32)
        if self.tally.vector.kind == FLOAT64_KIND:
            return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
        return (int(self.tally.high) << 32) + int(low)

    cdef object extreme(self, type, bint least):
        number = self.tally.least if least else self.tally.greatest
        text = self.least if least else self.greatest
        if type.kind == "bytes":
            return text
        if type.kind in ("str", "category"):
            return text.decode()
        if type.kind == "timestamp":
            return EPOCH + number * MICROSECOND
        if type.kind == "float64":
            return float_at_place(number)
        return bool(number) if type.kind == "bool" else _value(number, type)


cdef void _take_all(State *state, Tally *tally) noexcept nogil:
    cdef uint64_t mask[WORDS]
    while next_block(state, mask):
        take_block(tally, state.start, state.n, mask)
    finish(tally)


cdef bytes _bytes_of(const Text *text):
    if text.span.data == NULL:
        return None
    return PyBytes_FromStringAndSize(<const char *>text.span.data, text.span.size)
