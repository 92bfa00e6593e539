# cython: language_level=3
"""Where decoded records are written: four columns with room for a number of rows, and the place of each record in the
buffers that the columns view.

Rows of one batch are a segment. Data buffer 0 is the buffer that is decoded; the others are batches, decompressed.
"""

from libc.stdint cimport int32_t, int64_t

from fastpaths.columns.binary cimport BinaryColumn, BinaryView, Buffers
from fastpaths.kafka.record_batch cimport BatchHeader

cdef enum:
    NO_HEADERS = -1

cdef struct Segment:
    BatchHeader header
    Py_ssize_t batch               # its number, among those of its reader
    Py_ssize_t first_row
    int32_t buffer                 # the data buffer that its records lie in

cdef struct Out:
    Py_ssize_t capacity
    Py_ssize_t rows                # written so far
    int64_t *offsets
    int64_t *timestamps
    BinaryView *keys
    BinaryView *values
    unsigned char *key_bits        # of validity: all set, to be cleared where there is a null
    unsigned char *value_bits
    int32_t *header_at             # where a record's header count lies in its data buffer, or NO_HEADERS
    bint has_null_keys
    bint has_null_values


cdef class Segments:
    cdef Segment *items            # in the order of their rows; some may have none
    cdef Py_ssize_t count
    cdef dict legacy               # of versions 0 and 1: segment -> kafka-python's records, from its first row on

    cdef Segment *append(self) except NULL
    cdef Py_ssize_t find(self, Py_ssize_t row) noexcept  # the segment of a row that is there


cdef class OutColumns:
    """The memory of `out`, in one block: after the first, an allocator has it ready. Several smaller blocks it would
    give back to the system each time, and fetch again."""
    cdef Out out
    cdef object block
    cdef Buffers buffers

    cdef object part(self, const void *start, Py_ssize_t nbytes)  # of the block, sharing it
    cdef BinaryColumn column(self, const BinaryView *views, const unsigned char *bits, bint has_nulls)


cdef OutColumns new_columns(Py_ssize_t capacity, Buffers buffers)
