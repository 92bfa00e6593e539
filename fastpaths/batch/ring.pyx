# cython: language_level=3
"""A ring buffer of Python objects; ring.pxd is its design."""

cimport cython
from cpython.list cimport PyList_New
from cpython.object cimport PyObject

from .slots cimport (
    PyListObject, append, append_block, copy, items_of, new_slots, references, release, release_all, retain, room_in,
    set_size, size_of,
)
from .view cimport new_view

from types import GenericAlias

cdef enum:
    BLOCK = 128  # objects overwritten before the first of them is released; their pointers lie on the stack


@cython.final
@cython.no_gc_clear
@cython.binding(False)
cdef class RingBuffer:
    """Holds the last `capacity` objects that were pushed: pushing into a full ring overwrites the oldest.

    `dropped` counts the objects overwritten since the ring was made. All memory is allocated here, at once; ValueError
    for a capacity below 1. Threads may share a ring: push, drain and clear are atomic, as the methods of a list are.
    """

    def __cinit__(self, Py_ssize_t capacity):
        if capacity < 1:
            raise ValueError(f"RingBuffer: capacity must be at least 1, got {capacity}")
        self.slots = new_slots(capacity)
        self.capacity = capacity

    cdef inline Py_ssize_t size(self) noexcept:
        return size_of(<void *>self.slots)

    cdef inline bint is_full(self) noexcept:
        return self.size() >= self.capacity

    cdef inline bint is_viewed(self) noexcept:
        return references(<void *>self.slots) > 1

    cdef inline Py_ssize_t oldest(self) noexcept:
        return self.head if self.is_full() else 0

    cdef inline int put(self, PyObject *x) except -1:
        cdef PyListObject *slots = <PyListObject *>self.slots
        cdef Py_ssize_t n = size_of(slots), head
        cdef PyObject *overwritten
        if n < self.capacity and n < slots.allocated:
            retain(x)
            slots.ob_item[n] = x
            set_size(slots, n + 1)
            self.head = 0
        elif n >= self.capacity and not self.is_viewed():
            retain(x)
            head = self.head
            overwritten = slots.ob_item[head]
            slots.ob_item[head] = x
            self.head = head + 1 if head + 1 < self.capacity else 0
            self.dropped += 1
            release(overwritten)
        else:
            return self.put_slowly(x)
        return 0

    cdef int put_slowly(self, PyObject *x) except -1:
        """When somebody looks at a full ring, or where clear() or the garbage collector left a list without room."""
        if self.is_full():
            self.leave_to_views()
            return self.put(x)
        self.head = 0
        return append(<PyObject *>self.slots, x)

    cdef Py_ssize_t put_block(self, PyObject *source, Py_ssize_t start) except -1:
        """Put some of source[start:], a list or tuple; return how many. A full ring must not be viewed."""
        cdef PyListObject *slots = <PyListObject *>self.slots
        cdef Py_ssize_t i, n = size_of(source) - start, size = size_of(slots), head = self.head
        cdef PyObject **items = items_of(source) + start
        cdef PyObject *overwritten[BLOCK]
        if size < self.capacity:
            n = min(n, self.capacity - size, room_in(slots))
            if n < 1:
                self.put_slowly(items[0])
                return 1
            append_block(slots, items, n)
            self.head = 0
        else:
            n = min(n, self.capacity - head, BLOCK)
            for i in range(n):
                retain(items[i])
            copy(overwritten, slots.ob_item + head, n)
            copy(slots.ob_item + head, items, n)
            self.head = head + n if head + n < self.capacity else 0
            self.dropped += n
            for i in range(n):
                release(overwritten[i])
        return n

    cdef int leave_to_views(self) except -1:
        """Go on with a copy of `slots`, unless the ring already has another list."""
        cdef list left = self.slots, own = new_slots(self.capacity)
        if self.slots is left:
            append_block(<void *>own, items_of(<void *>left), size_of(<void *>left))
            self.slots = own
        return 0

    def push(self, x, /):
        """Push one object; return whether the ring is now full."""
        self.put(<PyObject *>x)
        return self.is_full()

    def push_many(self, iterable, /):
        """Push every object of an iterable, in order; return whether the ring is now full.

        If the iterable raises, the objects that it gave before stay pushed.
        """
        cdef Py_ssize_t i = 0
        if type(iterable) is list or type(iterable) is tuple:
            while i < size_of(<void *>iterable):
                if self.is_full() and self.is_viewed():
                    self.leave_to_views()
                else:
                    i += self.put_block(<PyObject *>iterable, i)
        else:
            for x in iterable:
                self.put(<PyObject *>x)
        return self.is_full()

    def view(self):
        """The content as it is now, oldest first: a read-only sequence, made without copying.

        It never changes, whatever the ring does: when objects that a view shows are to leave the ring, the ring leaves
        that memory to the view and goes on elsewhere, at the price of a copy. To avoid it, drop views in time.
        """
        return new_view(self.slots, self.oldest())

    def drain(self):
        """Hand all objects over: a list, oldest first. The ring is then empty, and keeps its memory."""
        cdef list drained = None
        cdef Py_ssize_t n = -1, oldest
        cdef PyObject **items
        while self.size() != n or self.is_viewed():
            if self.is_viewed():
                self.leave_to_views()
            n = self.size()
            drained = PyList_New(n)
        oldest = self.oldest()
        items = items_of(<void *>self.slots)
        copy(items_of(<void *>drained), items + oldest, n - oldest)
        copy(items_of(<void *>drained) + (n - oldest), items, oldest)
        set_size(<void *>self.slots, 0)
        return drained

    def clear(self):
        """Release all objects. The ring keeps its memory."""
        cdef list fresh = new_slots(self.capacity) if self.is_viewed() else []
        cdef list cleared = self.slots
        self.slots = fresh
        if references(<void *>cleared) > 1:
            return
        release_all(<void *>cleared)
        if self.slots is fresh and not fresh:
            self.slots = cleared

    @property
    def full(self):
        """Whether the next push overwrites an object."""
        return self.is_full()

    def __len__(self):
        return self.size()

    def __iter__(self):
        return iter(self.view())

    def __repr__(self):
        return f"<RingBuffer of {self.size()} objects, capacity {self.capacity}, dropped {self.dropped}>"

    __class_getitem__ = classmethod(GenericAlias)
