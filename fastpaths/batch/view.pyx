# cython: language_level=3
"""A read-only sequence over the slots of a ring; view.pxd is its design."""

cimport cython

from collections.abc import Sequence
from types import GenericAlias


cdef RingView new_view(list slots, Py_ssize_t oldest):
    cdef RingView view = RingView.__new__(RingView)
    view.slots = slots
    view.oldest = oldest
    view.size = view.length = len(slots)
    view.step = 1
    return view


@cython.final
@cython.no_gc_clear
cdef class RingView:
    """What a ring held when the view was taken, oldest first. A slice is a view as well; a pickle of it is a list."""

    def __init__(self):
        raise TypeError("a RingView comes from RingBuffer.view()")

    cdef inline Py_ssize_t slot(self, Py_ssize_t i) noexcept:
        i = self.oldest + self.start + i * self.step
        return i if i < self.size else i - self.size

    def __len__(self):
        return self.length

    def __getitem__(self, key):
        cdef Py_ssize_t i
        if isinstance(key, slice):
            return self.part(range(*key.indices(self.length)))
        i = key
        if i < 0:
            i += self.length
        if not 0 <= i < self.length:
            raise IndexError(f"object {key} of a RingView of {self.length} objects")
        return self.slots[self.slot(i)]

    cdef RingView part(self, object numbers):
        cdef RingView part = RingView.__new__(RingView)
        part.slots = self.slots
        part.oldest = self.oldest
        part.size = self.size
        part.length = len(numbers)
        if part.length > 0:
            part.start = self.start + <Py_ssize_t>numbers.start * self.step
        if part.length > 1:
            part.step = <Py_ssize_t>numbers.step * self.step
        return part

    def __iter__(self):
        cdef RingIterator iterator = RingIterator.__new__(RingIterator)
        iterator.slots = self.slots
        iterator.slot = self.slot(0)
        iterator.step = self.step
        iterator.size = self.size
        iterator.left = self.length
        return iterator

    def __reduce__(self):
        return list, (list(self),)

    def __repr__(self):
        return f"<RingView of {self.length} objects>"

    index = Sequence.index
    count = Sequence.count
    __class_getitem__ = classmethod(GenericAlias)


Sequence.register(RingView)


@cython.final
@cython.no_gc_clear
@cython.auto_pickle(False)
cdef class RingIterator:
    cdef list slots
    cdef Py_ssize_t slot, step, size, left

    def __iter__(self):
        return self

    @cython.wraparound(False)
    def __next__(self):
        cdef Py_ssize_t slot = self.slot
        if self.left == 0:
            raise StopIteration
        self.left -= 1
        self.slot += self.step
        if self.slot >= self.size:
            self.slot -= self.size
        elif self.slot < 0:
            self.slot += self.size
        return self.slots[slot]
