# cython: language_level=3

from libc.stdint cimport int64_t

from fastpaths.rawbytes.source cimport Source

# How many bytes are wanted (see scan.pxd), of each piece into `counts` unless that is NULL, and of all.
cdef Py_ssize_t count_all(Source source, unsigned char mask, unsigned char value, int64_t *counts) noexcept
