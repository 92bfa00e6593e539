# cython: language_level=3
"""Keys as they come from Python, one or many, read into cells: what an index hashes and compares."""

from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint64_t

from fastpaths.columns.binary cimport INLINED, MAX_BYTES, BinaryView
from fastpaths.columns.vector cimport INT64_KIND, STR_KIND, Kind, Vector
from fastpaths.table.cell cimport Cell, read_bytes, read_view, size_of
from fastpaths.table.hashing cimport Secret, hash_bytes, hash_words
from fastpaths.columns.intrinsics cimport prefetch

cdef extern from "Python.h":
    bint PyLong_CheckExact(object)
    long long PyLong_AsLongLongAndOverflow(object, int *) except? -1
    bint PyUnicode_Check(object)
    bint PyUnicode_IS_COMPACT_ASCII(object)
    const unsigned char *PyUnicode_DATA(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)

cdef enum:
    AHEAD = 8   # objects asked for before they are read
    TEXT = 48   # bytes into an object: near the text of an ASCII str, often in the next cache line

cdef struct Keys:               # n of them, in one of three forms
    Py_ssize_t n
    PyObject **objects          # of a list or tuple: str or bytes
    const int64_t *numbers      # of an array
    const BinaryView *views     # a column
    const unsigned char *const *data
    const unsigned char *validity  # of numbers and a column; NULL: no key is null
    Py_ssize_t first_bit


# What a ..._many method was given, as one of the three forms, or a TypeError. May run any Python code.
cdef object accept_keys(Kind kind, object keys)
cdef Py_ssize_t count_keys(object keys) except -1

# Where those keys are, of which there must be n. Objects stay there until Python code runs, which may change the list.
cdef int open_keys(object keys, Py_ssize_t n, Keys *many) except -1

cdef void keys_of(const Vector *column, Keys *many) noexcept  # a column's values

cdef int check_keys(Kind kind, const Keys *many) except -1  # whether all of them may be inserted
cdef void lose_nulls(const Keys *many, int64_t *rows) noexcept nogil  # a null is found nowhere
cdef int read_keys(Kind kind, const Keys *many, Py_ssize_t start, Py_ssize_t n, Cell *cells) except -1
cdef int read_unusual(Kind kind, object key, Py_ssize_t i, Cell *cell) except -1


cdef inline int read_key(Kind kind, object key, Py_ssize_t i, Cell *cell) except -1:
    """Reads an object: number i of many, or -1 where it is the only one."""
    cdef Cell unusual = Cell(0, 0, NULL, False)  # the call gets no address of `cell`, which registers can hold then
    cdef int overflow = 0
    if kind == INT64_KIND:
        if PyLong_CheckExact(key):  # which a bool is not
            cell.head = <uint64_t>PyLong_AsLongLongAndOverflow(key, &overflow)
            cell.tail = 0
            cell.data = NULL
            if overflow == 0:
                return 0
    elif kind == STR_KIND and PyUnicode_Check(key) and PyUnicode_IS_COMPACT_ASCII(key):
        if PyUnicode_GET_LENGTH(key) <= MAX_BYTES:
            read_bytes(PyUnicode_DATA(key), <int32_t>PyUnicode_GET_LENGTH(key), cell)
            return 0
    read_unusual(kind, key, i, &unusual)
    cell[0] = unusual
    return 0


cdef inline void read_value(const Keys *many, Py_ssize_t i, Cell *cell) noexcept nogil:
    """Key i of numbers or a column."""
    if many.views == NULL:
        cell.head = <uint64_t>many.numbers[i]
    else:
        read_view(many.views + i, many.data, cell)


cdef inline int read_object(Kind kind, const Keys *many, Py_ssize_t i, Cell *cell) except -1:
    """Key i of objects; asks memory for one that comes soon."""
    if i + AHEAD < many.n:
        prefetch(many.objects[i + AHEAD])
        prefetch(<const char *>many.objects[i + AHEAD] + TEXT)
    return read_key(kind, <object>many.objects[i], i, cell)


cdef inline uint64_t tag_of(bint int64, const Cell *cell, const Secret *secret) noexcept nogil:
    """What a hash table files the key under."""
    if int64:
        return cell.head
    if size_of(cell) <= INLINED:
        return hash_words(cell.head, cell.tail, secret) >> 32
    return hash_bytes(cell.data, size_of(cell), secret) >> 32
