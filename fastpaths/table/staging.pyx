# cython: language_level=3
"""Many values for a column of a table; staging.pxd is its design."""

cimport cython
from cpython.mem cimport PyMem_RawFree, PyMem_RawMalloc
from libc.stdint cimport int32_t
from libc.string cimport memcpy, memset

from fastpaths.columns.binary cimport INLINED, BinaryColumn, BinaryView, Buffers, wrap_column
from fastpaths.columns.bits cimport bit, bytes_of_bits
from fastpaths.columns.vector cimport Vector, vector_of
from fastpaths.table.cell cimport Cell, has_views, read_vector, read_view
from fastpaths.table.store cimport keep_cell, nbytes_of_rows

import numpy

from fastpaths.columns.column import Column
from fastpaths.columns.convert import cast
from fastpaths.columns.errors import place
from fastpaths.columns.text import check_utf8
from fastpaths.columns.types import Type

cdef dict DIRECTLY = {"str": ("str", "bytes"), "category": ("category", "str", "bytes")}  # what needs no cast


@cython.final
cdef class Staged:

    def __dealloc__(self):
        PyMem_RawFree(self.memory)
        PyMem_RawFree(self.numbers)


cdef Staged stage(TableColumn column, object values, Py_ssize_t n):
    cdef Staged staged = Staged.__new__(Staged)
    staged.column = column
    if values is None:
        values = _nulls(column, n)
    if values.type.kind not in DIRECTLY.get(column.type.kind, ()):
        values = cast(values, column.type, column.name)
    kind = values.type.kind
    staged.source = vector_of(values)
    staged.vector = staged.source.vector
    if staged.vector.length != n:
        raise ValueError(f"column {column.name!r} has {staged.vector.length} values, found {n} keys")
    if kind == "bytes" and column.type.kind != "bytes":
        check_utf8(values.values, place(column.name))
    if kind == "category":
        _stage_numbers(staged, values)
    elif column.dictionary is not None or _has_long(&staged.vector):
        _allocate(staged)
    return staged


cdef object _nulls(TableColumn column, Py_ssize_t n):
    validity = bytes(bytes_of_bits(n))
    values = bytes(nbytes_of_rows(column.store, n))
    if has_views(column.store.kind):
        return Column(column.type, n, wrap_column(n, values, Buffers(), validity))
    values = numpy.frombuffer(values, column.dtype)
    return Column(column.type, n, values, numpy.frombuffer(validity, numpy.uint8), BinaryColumn.from_values(()))


cdef int _allocate(Staged staged) except -1:
    staged.memory = PyMem_RawMalloc(<size_t>nbytes_of_rows(staged.column.store, staged.vector.length))
    if staged.memory == NULL:
        raise MemoryError
    return 0


cdef int _stage_numbers(Staged staged, object values) except -1:
    """Copies the numbers of categories: they come from outside, and what is checked is what will be used."""
    cdef const Vector *vector = &staged.vector
    cdef Py_ssize_t i, n_categories = len(values.categories)
    cdef int32_t number
    staged.categories = vector_of(Column(Type("str"), n_categories, values.categories))
    _allocate(staged)
    for i in range(vector.length):
        number = 0
        if vector.validity == NULL or bit(vector.validity, i):
            number = (<const int32_t *>vector.values)[i]
            if not 0 <= number < n_categories:
                raise ValueError(
                    f"column {staged.column.name!r}, row {i}: there is no category {number} among {n_categories}"
                )
        (<int32_t *>staged.memory)[i] = number
    staged.numbers = <int32_t *>PyMem_RawMalloc(<size_t>n_categories * sizeof(int32_t))
    if staged.numbers == NULL:
        raise MemoryError
    memset(staged.numbers, 0xFF, <size_t>n_categories * sizeof(int32_t))
    return 0


cdef bint _has_long(const Vector *vector) noexcept:
    cdef const BinaryView *views = <const BinaryView *>vector.values
    cdef Py_ssize_t i
    if has_views(vector.kind):
        for i in range(vector.length):
            if views[i].length > INLINED:
                return True
    return False


cdef int keep(Staged staged) noexcept:
    if staged.memory == NULL:
        return 0
    if (_keep_categories(staged) if staged.numbers != NULL else _keep_strings(staged)) < 0:
        return -1
    staged.vector.kind = staged.column.store.kind
    staged.vector.values = staged.memory
    staged.vector.data = <const unsigned char *const *>staged.column.store.arena.blocks
    return 0


cdef int _keep_categories(Staged staged) noexcept:
    cdef const Vector *words = &staged.categories.vector
    cdef int32_t *numbers = <int32_t *>staged.memory
    cdef Py_ssize_t i
    cdef Cell cell
    for i in range(staged.vector.length):
        if staged.vector.validity != NULL and not bit(staged.vector.validity, i):
            continue
        if staged.numbers[numbers[i]] < 0:
            read_view(<const BinaryView *>words.values + numbers[i], words.data, &cell)
            if staged.column.number_cell(&cell) < 0:
                return -1
            staged.numbers[numbers[i]] = <int32_t>cell.head
        numbers[i] = staged.numbers[numbers[i]]
    return 0


cdef int _keep_strings(Staged staged) noexcept:
    """As themselves, or as categories."""
    cdef BinaryView *views = <BinaryView *>staged.memory
    cdef Py_ssize_t i
    cdef Cell cell
    for i in range(staged.vector.length):
        read_vector(&staged.vector, i, &cell)
        if staged.column.dictionary is not None:
            if not cell.null and staged.column.number_cell(&cell) < 0:
                return -1
            (<int32_t *>staged.memory)[i] = 0 if cell.null else <int32_t>cell.head
        else:
            if keep_cell(staged.column.store, &cell) < 0:
                return -1
            memcpy(views + i, &cell.head, 8)
            memcpy(<char *>(views + i) + 8, &cell.tail, 8)
    return 0
