# cython: language_level=3
"""What other libraries export through Arrow's C structs (arrow.pxd), as Python objects.

What can be checked of a struct alone is checked here: that counts are not negative, and that pointers are there. How
long a buffer is the structs do not say: whoever reads one derives it from the format.
"""

cimport cython
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.stdint cimport int64_t
from libc.string cimport memcpy, memset

from fastpaths.columns.arrow cimport NULLABLE, ArrowArray, ArrowArrayStream, ArrowSchema
from fastpaths.columns.memory cimport memory_at

from fastpaths.columns.errors import MalformedArrow
from fastpaths.columns.layout import Field

cdef enum:
    DEPTH = 8             # of nested types, of which no column has more than two
    LARGEST = 0x7FFFFFFF  # number of buffers or children

cdef int64_t LONGEST = <int64_t>1 << 56  # array: the bytes of any buffer of it fit in an int64


@cython.final
cdef class Root:
    """An array that was moved here, and is released when nothing of it is referred to any more."""
    cdef ArrowArray array

    def __dealloc__(self):
        if self.array.release != NULL:
            with nogil:  # what it waits for may need the GIL
                self.array.release(&self.array)


@cython.final
cdef class ForeignArray:
    """An array of another library. Length and offset are not negative; all else is for the reader to check."""
    cdef Root root
    cdef const ArrowArray *array
    cdef readonly list children
    cdef readonly ForeignArray dictionary

    @property
    def length(self):
        return self.array.length

    @property
    def null_count(self):
        return self.array.null_count

    @property
    def offset(self):
        return self.array.offset

    @property
    def n_buffers(self):
        return self.array.n_buffers

    def has_buffer(self, Py_ssize_t i):
        """Whether buffer i is there, as that of the validity need not be."""
        return 0 <= i < self.array.n_buffers and self.array.buffers[i] != NULL

    def buffer(self, Py_ssize_t i, Py_ssize_t nbytes):
        """The first bytes of buffer i, which keep the array alive."""
        if nbytes < 0 or not (0 <= i < self.array.n_buffers and (nbytes == 0 or self.array.buffers[i] != NULL)):
            raise MalformedArrow(f"expected {nbytes} bytes in buffer {i} of {self.array.n_buffers}, found none")
        return memory_at(self.root, self.array.buffers[i], nbytes)


cdef ForeignArray _read_array(Root root, const ArrowArray *array, int depth):
    cdef ForeignArray foreign = ForeignArray.__new__(ForeignArray)
    if array == NULL or array.release == NULL:
        raise MalformedArrow("an array, or a part of it, is not there: it was released before")
    if not (0 <= array.length <= LONGEST and 0 <= array.offset <= LONGEST):
        raise MalformedArrow(f"an array has length {array.length} and offset {array.offset}")
    if not (0 <= array.n_buffers <= LARGEST and 0 <= array.n_children <= LARGEST and depth < DEPTH):
        raise MalformedArrow(f"an array has {array.n_buffers} buffers and {array.n_children} children")
    if (array.n_buffers > 0 and array.buffers == NULL) or (array.n_children > 0 and array.children == NULL):
        raise MalformedArrow("an array has no pointer to its buffers or children")
    foreign.root = root
    foreign.array = array
    foreign.children = [_read_array(root, array.children[i], depth + 1) for i in range(array.n_children)]
    if array.dictionary != NULL:
        foreign.dictionary = _read_array(root, array.dictionary, depth + 1)
    return foreign


cdef str _text(const char *text):
    if text == NULL:
        return ""
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise MalformedArrow(f"a schema's formats and names must be UTF-8: {error}") from None


cdef object _read_schema(const ArrowSchema *schema, int depth):
    if schema == NULL or schema.release == NULL or schema.format == NULL:
        raise MalformedArrow("a schema, or a part of it, is not there")
    if not 0 <= schema.n_children <= LARGEST or depth >= DEPTH or (schema.n_children > 0 and schema.children == NULL):
        raise MalformedArrow(f"a schema has {schema.n_children} children, at depth {depth}")
    return Field(
        _text(schema.format),
        _text(schema.name),
        bool(schema.flags & NULLABLE),
        [_read_schema(schema.children[i], depth + 1) for i in range(schema.n_children)],
        None if schema.dictionary == NULL else _read_schema(schema.dictionary, depth + 1),
    )


cdef object _take_array(ArrowArray *array):
    """Moves it out of its struct."""
    cdef Root root = Root.__new__(Root)
    memcpy(&root.array, array, sizeof(ArrowArray))
    array.release = NULL
    return _read_array(root, &root.array, 0)


@cython.final
cdef class ForeignStream:
    """An iterator of the stream's arrays."""
    cdef ArrowArrayStream stream

    def __dealloc__(self):
        if self.stream.release != NULL:
            with nogil:
                self.stream.release(&self.stream)

    cdef object field(self):
        cdef ArrowSchema schema
        cdef int code
        memset(&schema, 0, sizeof(ArrowSchema))
        with nogil:
            code = self.stream.get_schema(&self.stream, &schema)
        self.check(code)
        try:
            return _read_schema(&schema, 0)
        finally:
            if schema.release != NULL:
                schema.release(&schema)

    cdef int check(self, int code) except -1:
        cdef const char *text
        if code != 0:
            text = self.stream.get_last_error(&self.stream)
            reason = "no reason given" if text == NULL else text.decode(errors="replace")
            raise OSError(code, f"the producer of an Arrow stream failed: {reason}")
        return 0

    def __iter__(self):
        return self

    def __next__(self):
        cdef ArrowArray array
        cdef int code
        memset(&array, 0, sizeof(ArrowArray))
        with nogil:
            code = self.stream.get_next(&self.stream, &array)
        self.check(code)
        if array.release == NULL:
            raise StopIteration
        return _take_array(&array)


def open_arrow(producer):
    """The Field, and an iterator of ForeignArrays, of anything with __arrow_c_stream__ or __arrow_c_array__."""
    cdef ForeignStream stream
    cdef ArrowArrayStream *source
    if hasattr(producer, "__arrow_c_stream__"):
        capsule = producer.__arrow_c_stream__()
        source = <ArrowArrayStream *>PyCapsule_GetPointer(capsule, "arrow_array_stream")
        if source.release == NULL:
            raise MalformedArrow("the stream was released before")
        stream = ForeignStream.__new__(ForeignStream)
        memcpy(&stream.stream, source, sizeof(ArrowArrayStream))
        source.release = NULL
        return stream.field(), stream
    if hasattr(producer, "__arrow_c_array__"):
        schema, array = producer.__arrow_c_array__()
        field = _read_schema(<ArrowSchema *>PyCapsule_GetPointer(schema, "arrow_schema"), 0)
        return field, iter([_take_array(<ArrowArray *>PyCapsule_GetPointer(array, "arrow_array"))])
    raise TypeError(
        "expected Arrow data: an object with __arrow_c_stream__ or __arrow_c_array__, "
        f"found {type(producer).__name__}"
    )
