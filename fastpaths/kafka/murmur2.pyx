# cython: language_level=3
"""Partitions of keys, as Java's clients and kafka-python choose them: by the MurmurHash2 of the key."""

from libc.stdint cimport int32_t, uint32_t

from fastpaths.columns.binary cimport BinaryColumn, Span, is_null, value_at
from fastpaths.rawbytes.byteorder cimport little32

import numpy

cdef enum:
    RELEASE_GIL = 1024  # keys
    SEED = 0x9747B28C
    FACTOR = 0x5BD1E995


cdef inline uint32_t murmur2(Span key) noexcept nogil:
    cdef const unsigned char *at = key.data
    cdef uint32_t hash = <uint32_t>SEED ^ <uint32_t>key.size, word
    cdef Py_ssize_t left = key.size
    while left >= 4:
        word = little32(at) * <uint32_t>FACTOR
        hash = hash * <uint32_t>FACTOR ^ (word ^ word >> 24) * <uint32_t>FACTOR
        at += 4
        left -= 4
    if left == 3:
        hash ^= <uint32_t>at[2] << 16
    if left >= 2:
        hash ^= <uint32_t>at[1] << 8
    if left >= 1:
        hash = (hash ^ at[0]) * <uint32_t>FACTOR
    hash = (hash ^ hash >> 13) * <uint32_t>FACTOR
    return hash ^ hash >> 15


cdef void choose(BinaryColumn keys, int32_t *chosen, uint32_t partitions) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(keys.length):
        if is_null(keys.validity, keys.first_bit, i):
            chosen[i] = -1
        else:
            chosen[i] = <int32_t>((murmur2(value_at(keys.views, i, keys.buffers.data)) & 0x7FFFFFFF) % partitions)


def choose_partitions(BinaryColumn keys not None, int32_t partitions):
    """For n keys, int32[n]: which of so many partitions, in ascending order of their numbers; -1 for a null key."""
    cdef int32_t[::1] chosen
    if partitions < 1:
        raise ValueError(f"expected at least one partition, found {partitions}")
    array = numpy.empty(len(keys), numpy.int32)
    if keys.length == 0:
        return array
    chosen = array
    if keys.length < RELEASE_GIL:
        choose(keys, &chosen[0], <uint32_t>partitions)
    else:
        with nogil:
            choose(keys, &chosen[0], <uint32_t>partitions)
    return array
