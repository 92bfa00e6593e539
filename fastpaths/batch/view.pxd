# cython: language_level=3
"""A read-only sequence over what a ring held, oldest first.

    slots[oldest], …, slots[size - 1], slots[0], …, slots[oldest - 1]   the objects, numbered from 0
    start, start + step, …, `length` of them                            the numbers that the view shows

Nobody changes slots[:size] while a view lives (ring.pxd). But the garbage collector may empty the list under a view
that is garbage itself, so every read is checked.
"""


cdef class RingView:
    cdef list slots
    cdef Py_ssize_t oldest, size
    cdef Py_ssize_t start, step, length

    cdef Py_ssize_t slot(self, Py_ssize_t i) noexcept
    cdef RingView part(self, object numbers)


cdef RingView new_view(list slots, Py_ssize_t oldest)
