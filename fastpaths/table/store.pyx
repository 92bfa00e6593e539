# cython: language_level=3
"""One column of a table; store.pxd is its design."""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memcpy, memset

from fastpaths.columns.binary cimport INLINED, BinaryView
from fastpaths.columns.bits cimport bit, bytes_of_bits, set_bit
from fastpaths.columns.blocks cimport nbytes_of_block, own_block, release_block, resize_block
from fastpaths.columns.vector cimport BOOL_KIND, CATEGORY_KIND
from fastpaths.table.arena cimport compact_arena, free_arena, garbage, nbytes_of_arena, store_value
from fastpaths.table.cell cimport has_views, size_of


cdef Py_ssize_t nbytes_of_rows(const Store *store, Py_ssize_t rows) noexcept nogil:
    if store.kind == BOOL_KIND:
        return bytes_of_bits(rows)
    if store.kind == CATEGORY_KIND:
        return rows * <Py_ssize_t>sizeof(int32_t)
    return rows * <Py_ssize_t>(sizeof(BinaryView) if has_views(store.kind) else sizeof(uint64_t))


cdef int reserve_rows(Store *store, Py_ssize_t capacity) noexcept nogil:
    if capacity <= store.capacity:
        return 0
    if store.validity != NULL and resize_block(
        <void **>&store.validity, bytes_of_bits(store.length), bytes_of_bits(capacity)
    ) < 0:
        return -1
    if resize_block(&store.values, nbytes_of_rows(store, store.length), nbytes_of_rows(store, capacity)) < 0:
        return -1
    store.capacity = capacity
    return 0


cdef int reserve_nulls(Store *store) noexcept nogil:
    if store.validity == NULL:
        if resize_block(<void **>&store.validity, 0, bytes_of_bits(store.capacity)) < 0:
            return -1
        memset(store.validity, 0xFF, <size_t>bytes_of_bits(store.length))
    return 0


cdef int own_rows(Store *store, Py_ssize_t first) noexcept nogil:
    cdef Py_ssize_t bits = bytes_of_bits(store.exported) * 8  # the last byte of bits is shown whole
    if first >= bits:
        return 0
    if own_block(<void **>&store.validity, bytes_of_bits(store.length)) < 0:
        return -1
    if first < (bits if store.kind == BOOL_KIND else store.exported):
        if own_block(&store.values, nbytes_of_rows(store, store.length)) < 0:
            return -1
        store.exported = 0
    return 0


cdef int append_cell(Store *store, const Cell *cell) noexcept nogil:
    cdef Cell kept = cell[0]
    kept.null = False
    if own_rows(store, store.length) < 0 or keep_cell(store, &kept) < 0:
        return -1
    add_rows(store, 1)
    put_cell(store, store.length - 1, &kept)
    return 0


cdef int keep_cell(Store *store, Cell *cell) noexcept nogil:
    cdef BinaryView view
    if has_views(store.kind) and not cell.null and size_of(cell) > INLINED:
        if store_value(&store.arena, cell.data, size_of(cell), &view) < 0:
            return -1
        memcpy(&cell.tail, <const char *>&view + 8, 8)
    return 0


cdef void add_rows(Store *store, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t row, first = store.length
    store.length += n
    if store.kind == BOOL_KIND:
        for row in range(first, store.length):
            set_bit(<unsigned char *>store.values, row, False)
    else:
        memset(<char *>store.values + nbytes_of_rows(store, first), 0, <size_t>nbytes_of_rows(store, n))
    if store.validity != NULL:
        for row in range(first, store.length):
            set_bit(store.validity, row, True)


cdef void append_vector(Store *store, const Vector *vector) noexcept nogil:
    cdef Py_ssize_t i, first = store.length
    cdef const BinaryView *views = <const BinaryView *>vector.values
    cdef const unsigned char *bits = <const unsigned char *>vector.values
    store.length += vector.length
    if store.kind == BOOL_KIND:
        for i in range(vector.length):
            set_bit(<unsigned char *>store.values, first + i, bit(bits, i))
    elif vector.length > 0:
        memcpy(
            <char *>store.values + nbytes_of_rows(store, first), bits, <size_t>nbytes_of_rows(store, vector.length)
        )
    if has_views(store.kind):
        for i in range(vector.length):
            if views[i].length > INLINED:
                store.arena.live += views[i].length
    if store.validity != NULL:
        for i in range(vector.length):
            set_bit(store.validity, first + i, vector.validity == NULL or bit(vector.validity, i))
            store.nulls += not bit(store.validity, first + i)


cdef void put_cell(Store *store, Py_ssize_t row, const Cell *cell) noexcept nogil:
    cdef BinaryView *view
    if store.validity != NULL:
        store.nulls += cell.null - (not bit(store.validity, row))
        set_bit(store.validity, row, not cell.null)
    if store.kind == BOOL_KIND:
        set_bit(<unsigned char *>store.values, row, cell.head != 0)
    elif store.kind == CATEGORY_KIND:
        (<int32_t *>store.values)[row] = <int32_t>cell.head
    elif has_views(store.kind):
        view = <BinaryView *>store.values + row
        if view.length > INLINED:
            store.arena.live -= view.length
        memcpy(view, &cell.head, 8)
        memcpy(<char *>view + 8, &cell.tail, 8)
        if view.length > INLINED:
            store.arena.live += view.length
    else:
        (<uint64_t *>store.values)[row] = cell.head


cdef void move_last(Store *store, Py_ssize_t row) noexcept nogil:
    cdef Py_ssize_t last = store.length - 1, size
    cdef BinaryView *views = <BinaryView *>store.values
    cdef unsigned char *bits = <unsigned char *>store.values
    store.length = last
    if has_views(store.kind) and views[row].length > INLINED:
        store.arena.live -= views[row].length
    if store.validity != NULL:
        store.nulls -= not bit(store.validity, row)
    if row == last:
        return
    if store.validity != NULL:
        set_bit(store.validity, row, bit(store.validity, last))
    if store.kind == BOOL_KIND:
        set_bit(bits, row, bit(bits, last))
    else:
        size = nbytes_of_rows(store, 1)
        memcpy(bits + row * size, bits + last * size, <size_t>size)


cdef void compact_store(Store *store) noexcept nogil:
    # The views count as well: all of them are read, which a few long values among many short ones must not cause often.
    if garbage(&store.arena) > store.arena.live + store.length * <Py_ssize_t>sizeof(BinaryView):
        if own_rows(store, 0) == 0:  # without memory, a later change does it
            compact_arena(&store.arena, <BinaryView *>store.values, store.length)


cdef void free_store(Store *store) noexcept nogil:
    release_block(store.values)
    release_block(store.validity)
    free_arena(&store.arena)
    store.values = store.validity = NULL
    store.length = store.capacity = store.nulls = store.exported = 0


cdef Vector store_vector(const Store *store) noexcept nogil:
    cdef Vector vector
    vector.kind = store.kind
    vector.length = store.length
    vector.values = store.values
    vector.validity = store.validity if store.nulls > 0 else NULL
    vector.data = <const unsigned char *const *>store.arena.blocks
    return vector


cdef Py_ssize_t nbytes_of_store(const Store *store) noexcept nogil:
    return nbytes_of_block(store.values) + nbytes_of_block(store.validity) + nbytes_of_arena(&store.arena)
