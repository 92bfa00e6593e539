# cython: language_level=3
"""A column of byte strings in Arrow's binary_view layout, which is little-endian, as are the machines we run on.

A view is 16 bytes:

    length <= 12:   int32 length | the value, then zeros (12 bytes)
    longer:         int32 length | its first 4 bytes | int32 data buffer | int32 offset in it

To build a column over a borrowed buffer: `Buffers` pins it, `new_column` allocates the views, `make_view` fills each.
To read one without the GIL: take `views`, `length` and `buffers.data` into locals, then `value_at`. The caller holds a
reference to the column, which never changes once built.

Where some values are null, `validity` has a bit for each, and the view of a null is that of an empty value.
"""

from cpython.buffer cimport Py_buffer
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.string cimport memcpy

from fastpaths.columns.bits cimport bit

cdef enum:
    INLINED = 12            # a value of at most this many bytes lies in its view
    MAX_BYTES = 0x7FFFFFFF  # of one value, and of one data buffer
    SMALL_BLOCK = 1 << 12   # bytes of the data buffers that a builder makes
    LARGE_BLOCK = 1 << 24

cdef struct BinaryView:
    int32_t length
    unsigned char prefix[4]  # where an inlined value begins
    int32_t buffer
    int32_t offset

cdef struct Span:
    const unsigned char *data
    Py_ssize_t size


cdef inline uint64_t load_short(const unsigned char *data, Py_ssize_t size) noexcept nogil:
    """At most 8 bytes, then zeros: what copying them into a word gives, without a call for a few bytes."""
    cdef uint32_t first = 0, last = 0
    if size >= 4:
        memcpy(&first, data, 4)
        memcpy(&last, data + size - 4, 4)
        return first | <uint64_t>last << 8 * (size - 4)
    if size <= 0:
        return 0
    return data[0] | <uint64_t>data[size >> 1] << 8 * (size >> 1) | <uint64_t>data[size - 1] << 8 * (size - 1)


cdef inline BinaryView make_view(
    const unsigned char *data, int32_t buffer, int32_t offset, int32_t length
) noexcept nogil:
    """The view of data[offset : offset + length], `data` being data buffer number `buffer`. The bounds are checked."""
    cdef BinaryView view
    cdef uint64_t prefix, rest
    data += offset
    view.length = length
    if length > INLINED:
        memcpy(view.prefix, data, 4)
        view.buffer = buffer
        view.offset = offset
    else:
        prefix = load_short(data, min(length, 4))
        rest = load_short(data + 4, length - 4)
        memcpy(view.prefix, &prefix, 4)
        memcpy(<unsigned char *>&view + 8, &rest, 8)
    return view


cdef inline Span value_at(const BinaryView *views, Py_ssize_t i, const unsigned char *const *data) noexcept nogil:
    """Where value i lies. 0 <= i < the column's length."""
    cdef Span span
    cdef BinaryView view
    memcpy(&view, views + i, sizeof(BinaryView))  # views from outside need not be aligned
    span.size = view.length
    if view.length > INLINED:
        span.data = data[view.buffer] + view.offset
    else:
        span.data = <const unsigned char *>(views + i) + 4
    return span


cdef class Buffers:
    """The data buffers of a column: Python buffers, pinned for as long as this lives."""
    cdef Py_buffer *pins
    cdef const unsigned char **data  # where each begins
    cdef int32_t count
    cdef Py_ssize_t nbytes


cdef class BinaryColumn:
    cdef BinaryView *views              # written once, by whoever builds the column
    cdef Py_ssize_t length
    cdef object owner                   # of the views' memory
    cdef Buffers buffers                # what the views point into
    cdef const unsigned char *validity  # NULL: no value is null
    cdef Py_ssize_t first_bit           # of validity: value i has bit first_bit + i, and is view first_bit + i of owner
    cdef object validity_owner

    cdef object value(self, Py_ssize_t i)  # bytes, or None


cdef class BinaryBuilder:
    """Builds a column that owns its bytes, from at most `length` values. long_bytes: of those not inlined, as
    far as can be told."""
    cdef BinaryColumn column
    cdef Py_ssize_t filled       # views
    cdef Py_ssize_t long_bytes   # still to come
    cdef list blocks
    cdef bytearray validity      # None while nothing is null
    cdef unsigned char *block    # the last of them
    cdef Py_ssize_t used, size   # of it

    cdef int append(self, Span value) except -1  # of at most MAX_BYTES
    cdef int append_null(self) except -1
    cdef int add_block(self, int32_t needed) except -1
    cdef int trim(self) except -1
    cdef BinaryColumn finish(self)


cdef inline bint is_null(const unsigned char *validity, Py_ssize_t first_bit, Py_ssize_t i) noexcept nogil:
    return validity != NULL and not bit(validity, first_bit + i)


# A column whose `length` views are still to be written, all of them, before anybody else sees it. Whoever finds fewer
# values than expected lowers `length`.
cdef BinaryColumn new_column(Py_ssize_t length, Buffers buffers)

# A column over views that were written elsewhere and are checked: `owner` and `validity_owner` keep them, and the bits
# from the first on, in place. No bits: None.
cdef BinaryColumn wrap_column(Py_ssize_t length, object owner, Buffers buffers, object validity_owner)

# Give a new column its bits: a buffer of at least its length, from bit 0 on.
cdef int set_validity(BinaryColumn column, object owner) except -1

# How an error names what it refuses: "value", or number i of many: "values[3]".
cdef str place(str what, Py_ssize_t i)

# Where a bytes, or a str as UTF-8, lies for as long as it lives.
cdef Span span_of(object value, str what, Py_ssize_t i) except *
