# cython: language_level=3
"""The secret of this process: random, or made from FASTPATHS_HASH_SEED where that is set."""

from libc.string cimport memcpy

import os
from hashlib import blake2b


cdef Secret _make_secret():
    cdef Secret secret
    seed = os.environ.get("FASTPATHS_HASH_SEED")
    cdef bytes digest
    if seed:
        digest = blake2b(seed.encode(), digest_size=sizeof(Secret)).digest()
    else:
        digest = os.urandom(sizeof(Secret))
    memcpy(&secret, <const unsigned char *>digest, sizeof(Secret))
    secret.b |= 1
    secret.d |= 1  # multipliers: never zero
    return secret


cdef Secret _SECRET = _make_secret()


cdef Secret process_secret() noexcept:
    return _SECRET
