# cython: language_level=3
"""A buffer of record batches, as a fetch response has it for one partition, and how far it has been read.

Headers are walked when the reader is made; records are decoded when they are taken, from where the last take ended.
What is corrupt stays ahead of the cursor: everything before it is delivered first, then each take raises.
"""

from fastpaths.columns.binary cimport Buffers
from fastpaths.kafka.decoded cimport Records
from fastpaths.kafka.output cimport Segments
from fastpaths.kafka.parsing cimport Cursor
from fastpaths.kafka.record_batch cimport BatchHeader

cdef struct Plan:
    Py_ssize_t records     # in its segments
    bint reaches_end       # no batch is left behind them, though more records were asked for


cdef class RecordReader:
    cdef object view                  # the buffer, as bytes
    cdef Buffers pinned
    cdef BatchHeader *headers
    cdef bytearray left_out           # a flag for each
    cdef Py_ssize_t count             # of whole batches, up to the first that is corrupt
    cdef object failure               # that one's error, or None
    cdef readonly Py_ssize_t consumed
    cdef bint check_crcs
    cdef Py_ssize_t max_decompressed_bytes
    cdef Cursor cursor
    cdef bint at_end                  # more was asked for than there is
    cdef dict opened                  # of batches not read where they lie: number -> a buffer of version 2's records
    cdef dict legacy                  # of batches of versions 0 and 1: number -> kafka-python's records

    cdef int walk(self) except -1
    cdef BatchHeader *add_header(self) except NULL
    cdef str wrong_crc(self, const BatchHeader *header)
    cdef object corrupt(self, const BatchHeader *header, str problem)
    cdef object open(self, Py_ssize_t i, Py_ssize_t limit)
    cdef Plan plan(self, Py_ssize_t n, bint uniform, bint strict, Segments segments, list data) except *
    cdef Records take_rows(self, Py_ssize_t n, bint uniform, bint strict)
    cdef int keep_opened(self, Segments segments, list data, Py_ssize_t batch) except -1
    cdef int count_legacy(self, Segments segments, Cursor *cursor, Py_ssize_t rows) except -1
    cdef int pass_batches(self, bint to_end) except -1
    cdef bint is_abort_marker(self, Py_ssize_t i) except -1
