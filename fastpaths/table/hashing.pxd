# cython: language_level=3
"""Hashing with a secret: 128-bit products folded into 64 bits, as wyhash and its successors do.

Promised: keys that are sequential, strided, reversed or sparse spread like random ones; and whoever does not know the
secret cannot choose keys that collide more than random ones do, by any method known to us. Every factor is masked with
secret words, so that nobody outside can make one zero, as one can where the constants are public.
Not promised: a pseudo-random function, as SipHash is one. From hashes, from an order that depends on them, or from the
times of single lookups by the million the secret may be learnt; so hashes stay inside, and rows are numbered by
insertion.
"""

from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    static inline uint64_t fastpaths_fold(uint64_t a, uint64_t b) {
        unsigned __int128 product = (unsigned __int128)a * b;
        return (uint64_t)product ^ (uint64_t)(product >> 64);
    }
    """
    uint64_t fold "fastpaths_fold" (uint64_t a, uint64_t b) noexcept nogil

cdef struct Secret:
    uint64_t a
    uint64_t b
    uint64_t c
    uint64_t d


cdef Secret process_secret() noexcept


cdef inline uint64_t load8(const unsigned char *data) noexcept nogil:
    cdef uint64_t word = 0
    memcpy(&word, data, 8)
    return word


cdef inline uint64_t hash_int64(int64_t key, const Secret *secret) noexcept nogil:
    # One fold leaves patterns for some strides: its high half moves slowly with the key.
    return fold(fold(<uint64_t>key ^ secret.a, secret.b) ^ secret.c, secret.d)


cdef inline uint64_t hash_words(uint64_t first, uint64_t second, const Secret *secret) noexcept nogil:
    return fold(fold(first ^ secret.a, second ^ secret.b) ^ secret.c, secret.d)


cdef inline uint64_t hash_bytes(const unsigned char *data, Py_ssize_t size, const Secret *secret) noexcept nogil:
    """size >= 8."""
    cdef const unsigned char *end = data + size
    cdef uint64_t state = <uint64_t>size ^ secret.a
    while end - data > 16:
        state = fold(load8(data) ^ secret.b, load8(data + 8) ^ state)
        data += 16
    # The last 16 bytes, some of them for the second time, or all there are.
    data = end - 16 if size >= 16 else end - size
    return fold(fold(load8(data) ^ secret.b, load8(end - 8) ^ state) ^ secret.c, secret.d)
