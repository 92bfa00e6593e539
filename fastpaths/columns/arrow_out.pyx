# cython: language_level=3
"""Arrays to the C structs that arrow.pxd describes, in the capsules in which Python code passes them on.

An exported struct holds Python references, as its private_data: of an array the memoryviews of its buffers.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING
from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree
from cpython.memoryview cimport PyMemoryView_GET_BUFFER
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.errno cimport EINVAL, EIO, ENOMEM
from libc.string cimport memset

from fastpaths.columns.arrow cimport NULLABLE, ArrowArray, ArrowArrayStream, ArrowSchema

cdef extern from "Python.h":
    bint Py_IsInitialized() noexcept nogil

ctypedef fused Struct:
    ArrowSchema
    ArrowArray
    ArrowArrayStream

ctypedef fused Node:
    ArrowSchema
    ArrowArray


cdef void drop(void *reference) noexcept nogil:
    if reference != NULL and Py_IsInitialized():  # a consumer may outlive the interpreter
        with gil:
            Py_DECREF(<object>reference)


cdef void release_node(Node *node) noexcept nogil:
    """What both kinds of nodes are released by: their children and dictionary, unless they were moved, and the structs
    of them, which are ours in any case."""
    cdef Py_ssize_t i
    for i in range(node.n_children):
        release_part(node.children[i])
    PyMem_RawFree(node.children)
    release_part(node.dictionary)
    drop(node.private_data)
    node.release = NULL


cdef void release_part(Node *node) noexcept nogil:
    if node != NULL:
        if node.release != NULL:
            node.release(node)
        PyMem_RawFree(node)


cdef void release_schema(ArrowSchema *schema) noexcept nogil:
    release_node(schema)


cdef void release_array(ArrowArray *array) noexcept nogil:
    PyMem_RawFree(array.buffers)
    release_node(array)


cdef void *allocate(Py_ssize_t n, size_t size) except NULL:
    cdef void *memory = PyMem_RawCalloc(<size_t>max(n, 1), size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef int keep(Node *node, object reference) except -1:
    Py_INCREF(reference)
    node.private_data = <void *>reference
    return 0


cdef int fill_schema(object field, ArrowSchema *schema) except -1:
    """Fills a struct; if it fails, nothing of it remains."""
    memset(schema, 0, sizeof(ArrowSchema))
    cdef tuple texts = (field.format.encode(), field.name.encode())
    if b"\0" in texts[1]:
        raise ValueError(f"the name {field.name!r} holds a NUL, which ends a name in Arrow's C data interface")
    keep(schema, texts)
    schema.release = release_schema
    try:
        schema.format = PyBytes_AS_STRING(texts[0])
        schema.name = PyBytes_AS_STRING(texts[1])
        schema.flags = NULLABLE if field.nullable else 0
        schema.children = <ArrowSchema **>allocate(len(field.children), sizeof(ArrowSchema *))
        for child in field.children:
            schema.children[schema.n_children] = <ArrowSchema *>allocate(1, sizeof(ArrowSchema))
            schema.n_children += 1
            fill_schema(child, schema.children[schema.n_children - 1])
        if field.dictionary is not None:
            schema.dictionary = <ArrowSchema *>allocate(1, sizeof(ArrowSchema))
            fill_schema(field.dictionary, schema.dictionary)
    except BaseException:
        release_schema(schema)
        raise
    return 0


cdef int fill_array(object source, ArrowArray *array) except -1:
    """Fills a struct; if it fails, nothing of it remains."""
    memset(array, 0, sizeof(ArrowArray))
    cdef list buffers = [None if buffer is None else memoryview(buffer) for buffer in source.buffers]
    keep(array, buffers)
    array.release = release_array
    try:
        array.length = source.length
        array.null_count = source.null_count
        array.offset = source.offset
        array.buffers = <const void **>allocate(len(buffers), sizeof(void *))
        for buffer in buffers:
            if buffer is not None:
                if not buffer.c_contiguous:
                    raise BufferError("a buffer of an Arrow array must be contiguous")
                array.buffers[array.n_buffers] = PyMemoryView_GET_BUFFER(buffer).buf
            array.n_buffers += 1
        array.children = <ArrowArray **>allocate(len(source.children), sizeof(ArrowArray *))
        for child in source.children:
            array.children[array.n_children] = <ArrowArray *>allocate(1, sizeof(ArrowArray))
            array.n_children += 1
            fill_array(child, array.children[array.n_children - 1])
        if source.dictionary is not None:
            array.dictionary = <ArrowArray *>allocate(1, sizeof(ArrowArray))
            fill_array(source.dictionary, array.dictionary)
    except BaseException:
        release_array(array)
        raise
    return 0


@cython.final
cdef class Stream:
    """Where a stream is: what its private_data refers to."""
    cdef object field
    cdef object arrays  # an iterator
    cdef bytes error


cdef int failed(Stream stream, error) noexcept:
    """Keep the error's text for get_last_error; the code to return."""
    stream.error = f"{type(error).__name__}: {error}".encode(errors="replace")
    if isinstance(error, MemoryError):
        return ENOMEM
    return EINVAL if isinstance(error, (TypeError, ValueError)) else EIO


cdef int get_schema(ArrowArrayStream *stream, ArrowSchema *schema) noexcept with gil:
    try:
        fill_schema((<Stream>stream.private_data).field, schema)
    except Exception as error:
        return failed(<Stream>stream.private_data, error)
    return 0


cdef int get_next(ArrowArrayStream *stream, ArrowArray *array) noexcept with gil:
    memset(array, 0, sizeof(ArrowArray))  # what a stream ends with
    try:
        for source in (<Stream>stream.private_data).arrays:
            fill_array(source, array)
            break
    except Exception as error:
        return failed(<Stream>stream.private_data, error)
    return 0


cdef const char *get_last_error(ArrowArrayStream *stream) noexcept with gil:
    cdef bytes error = (<Stream>stream.private_data).error
    return NULL if error is None else PyBytes_AS_STRING(error)


cdef void release_stream(ArrowArrayStream *stream) noexcept nogil:
    drop(stream.private_data)
    stream.release = NULL


cdef void destroy(Struct *content) noexcept:
    """What nobody took out of its capsule."""
    if content.release != NULL:
        content.release(content)
    PyMem_RawFree(content)


cdef void destroy_schema(object capsule) noexcept:
    destroy(<ArrowSchema *>PyCapsule_GetPointer(capsule, "arrow_schema"))


cdef void destroy_array(object capsule) noexcept:
    destroy(<ArrowArray *>PyCapsule_GetPointer(capsule, "arrow_array"))


cdef void destroy_stream(object capsule) noexcept:
    destroy(<ArrowArrayStream *>PyCapsule_GetPointer(capsule, "arrow_array_stream"))


def schema_capsule(field not None):
    """The capsule "arrow_schema" of a Field."""
    cdef ArrowSchema *schema = <ArrowSchema *>allocate(1, sizeof(ArrowSchema))
    capsule = PyCapsule_New(schema, "arrow_schema", destroy_schema)
    fill_schema(field, schema)
    return capsule


def array_capsule(array not None):
    """The capsule "arrow_array" of an Array."""
    cdef ArrowArray *content = <ArrowArray *>allocate(1, sizeof(ArrowArray))
    capsule = PyCapsule_New(content, "arrow_array", destroy_array)
    fill_array(array, content)
    return capsule


def stream_capsule(field not None, arrays not None):
    """The capsule "arrow_array_stream" of an iterable of Arrays of one Field. What iterating raises, the consumer gets
    as an error of the stream."""
    cdef Stream state = Stream.__new__(Stream)
    state.field = field
    state.arrays = iter(arrays)
    cdef ArrowArrayStream *stream = <ArrowArrayStream *>allocate(1, sizeof(ArrowArrayStream))
    capsule = PyCapsule_New(stream, "arrow_array_stream", destroy_stream)
    stream.get_schema = get_schema
    stream.get_next = get_next
    stream.get_last_error = get_last_error
    Py_INCREF(state)
    stream.private_data = <void *>state
    stream.release = release_stream
    return capsule
