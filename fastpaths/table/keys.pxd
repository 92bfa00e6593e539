# cython: language_level=3
"""Keys as they come from Python, one or many, read into probes: what an index hashes and compares."""

from cpython.object cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy

from fastpaths.columns.binary cimport INLINED, MAX_BYTES, BinaryView, make_view, value_at
from fastpaths.table.hashing cimport Secret, hash_bytes, hash_words
from fastpaths.table.intrinsics cimport prefetch

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

cdef enum KeyType:
    INT64
    STR
    BYTES

cdef struct Probe:
    uint64_t head               # an int64, or the first 8 bytes of a view: length and prefix
    uint64_t tail               # the last 8 bytes of the view, where the key lies in it
    const unsigned char *data   # where it does not: its bytes, borrowed

cdef struct Keys:               # n of them, in one of three forms
    Py_ssize_t n
    PyObject **objects          # of a list or tuple: str or bytes
    const int64_t *numbers      # of an array
    const BinaryView *views     # a column
    const unsigned char *const *data


# What a ..._many method was given, as one of the three forms, or a TypeError.
cdef object accept_keys(KeyType type, object keys)

# Where those keys are, of which there must be n. Objects stay there until Python code runs, which may change the list.
cdef int open_keys(object keys, Py_ssize_t n, Keys *many) except -1

cdef int check_keys(KeyType type, const Keys *many) except -1  # whether all of them may be inserted
cdef int read_keys(KeyType type, const Keys *many, Py_ssize_t start, Py_ssize_t n, Probe *probes) except -1
cdef int read_unusual(KeyType type, object key, Py_ssize_t i, Probe *probe) except -1


cdef inline int read_key(KeyType type, object key, Py_ssize_t i, Probe *probe) except -1:
    """Reads an object: number i of many, or -1 where it is the only one."""
    cdef int overflow = 0
    if type == INT64:
        if PyLong_CheckExact(key):  # which a bool is not
            probe.head = <uint64_t>PyLong_AsLongLongAndOverflow(key, &overflow)
            if overflow == 0:
                return 0
    elif type == STR and PyUnicode_Check(key) and PyUnicode_IS_COMPACT_ASCII(key):
        if PyUnicode_GET_LENGTH(key) <= MAX_BYTES:
            read_bytes(PyUnicode_DATA(key), <int32_t>PyUnicode_GET_LENGTH(key), probe)
            return 0
    return read_unusual(type, key, i, probe)


cdef inline void read_bytes(const unsigned char *data, int32_t size, Probe *probe) noexcept nogil:
    cdef BinaryView view = make_view(data, 0, 0, size)
    memcpy(&probe.head, &view, 8)
    memcpy(&probe.tail, <const char *>&view + 8, 8)
    probe.data = data


cdef inline void read_view(const BinaryView *view, const unsigned char *const *data, Probe *probe) noexcept nogil:
    memcpy(&probe.head, view, 8)
    memcpy(&probe.tail, <const char *>view + 8, 8)
    probe.data = value_at(view, 0, data).data


cdef inline void read_value(const Keys *many, Py_ssize_t i, Probe *probe) noexcept nogil:
    """Key i of numbers or a column."""
    if many.views == NULL:
        probe.head = <uint64_t>many.numbers[i]
    else:
        read_view(many.views + i, many.data, probe)


cdef inline int read_object(KeyType type, const Keys *many, Py_ssize_t i, Probe *probe) except -1:
    """Key i of objects; asks memory for one that comes soon."""
    if i + AHEAD < many.n:
        prefetch(many.objects[i + AHEAD])
        prefetch(<const char *>many.objects[i + AHEAD] + TEXT)
    return read_key(type, <object>many.objects[i], i, probe)


cdef inline int32_t size_of(const Probe *probe) noexcept nogil:
    return <int32_t>probe.head


cdef inline uint64_t tag_of(KeyType type, const Probe *probe, const Secret *secret) noexcept nogil:
    """What a hash table files the key under."""
    if type == INT64:
        return probe.head
    if size_of(probe) <= INLINED:
        return hash_words(probe.head, probe.tail, secret) >> 32
    return hash_bytes(probe.data, size_of(probe), secret) >> 32
