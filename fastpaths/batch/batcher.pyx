# cython: language_level=3
"""Makes batches of records; batcher.pxd is its design."""

cimport cython
from cpython.object cimport PyObject
from libc.math cimport INFINITY

from .slots cimport append_block, copy, items_of, new_slots, references, release_all, room_in, set_size, size_of

import sys
import time
from types import GenericAlias

from .strategies import BatchConfig, Strategy

cdef Py_ssize_t UNBOUNDED = sys.maxsize

cdef enum:
    LEAST = 8  # records that a batch has room for when it begins


cdef Py_ssize_t content_size(object x) except -1:
    """The bytes of what is bytes-like, and of a str as UTF-8."""
    if isinstance(x, bytes):
        return len(<bytes>x)
    if isinstance(x, str):
        return len(x) if x.isascii() else len(x.encode())
    try:
        return memoryview(x).nbytes
    except TypeError:
        raise TypeError(
            f"MemoryBased: counts bytes-like records and str, found {type(x).__name__}; pass a function as its `size`"
        ) from None


@cython.final
@cython.no_gc_clear
@cython.binding(False)
cdef class Batcher:
    """Makes batches, which are lists, of the records that are added; a strategy or a BatchConfig says when.

    Batches come out of add, add_many, poll and flush, in order, and hold each record once, in order. Nothing happens
    between calls: who calls poll() when `deadline` has come keeps no record waiting for longer than the strategy says.
    Whatever add_many raises, the records that it had taken come out of the next call.

    clock: tells the time in seconds; read once a call, and only where the strategy depends on time.

    A batcher belongs to one thread at a time.
    """

    def __cinit__(self, strategy, clock=time.monotonic):
        if not isinstance(strategy, (Strategy, BatchConfig)):
            raise TypeError(f"Batcher: strategy must be a Strategy or a BatchConfig, got {strategy!r}")
        if not callable(clock):
            raise TypeError(f"Batcher: clock must be a function that tells the time, got {clock!r}")
        limits = strategy.limits
        self.strategy = strategy
        self.clock = clock
        self.max_records = limits.records
        self.max_bytes = limits.nbytes
        self.wait = limits.wait
        self.size = limits.size
        self.eager = limits.eager
        self.reuse = limits.reuse
        self.adapt = limits.adapt
        self.adapted = limits.start
        self.limit = min(self.max_records, <Py_ssize_t>limits.start)
        self.closed_at = -INFINITY
        self.closed = []

    cdef inline Py_ssize_t held(self) noexcept:
        return 0 if self.open is None else size_of(<void *>self.open)

    cdef inline bint complete(self) noexcept:
        return self.held() >= self.limit or self.nbytes >= self.max_bytes

    cdef inline Py_ssize_t nbytes_of(self, object x) except -1:
        cdef Py_ssize_t nbytes
        if self.max_bytes == UNBOUNDED:
            return 0
        nbytes = content_size(x) if self.size is None else self.size(x)
        if nbytes < 0:
            raise ValueError(f"Batcher: the size of a record must be at least 0 bytes, got {nbytes} from {self.size!r}")
        return nbytes

    cdef inline int arrive(self) except -1:
        """Look at the clock."""
        if self.wait < INFINITY:
            self.now = self.clock()
        return self.settle()

    cdef inline int settle(self) except -1:
        if self.held() > 0 and (self.now >= self.due or self.complete()):
            self.close()
        return 0

    cdef int close(self) except -1:
        self.closed.append(self.open)
        self.open = None
        self.nbytes = 0
        self.closed_at = self.now
        return 0

    cdef int reserve(self, Py_ssize_t n) except -1:
        """Make room in `open` for n more records. Look again afterwards: this may run code of others."""
        cdef Py_ssize_t held = self.held()
        cdef list memory
        if self.reuse:
            memory = self.reused()
        else:
            memory = new_slots(min(self.limit, max(held + n, 2 * held, LEAST)))
        if self.held() == held:
            if held > 0:
                copy(items_of(<void *>memory), items_of(<void *>self.open), held)
                set_size(<void *>memory, held)
                set_size(<void *>self.open, 0)
            self.open = memory
        return 0

    cdef list reused(self):
        """An empty list with room for `limit` records."""
        cdef list memory = None
        if self.lent_before is not None and references(<void *>self.lent_before) == 1:
            memory, self.lent_before = self.lent_before, None
        elif self.lent is not None and references(<void *>self.lent) == 1:
            memory, self.lent = self.lent, None
        if memory is not None:
            release_all(<void *>memory)
            if room_in(<void *>memory) >= self.limit:  # whoever had it may have shortened it
                return memory
        return new_slots(self.limit)

    cdef inline int keep(self, PyObject **items, Py_ssize_t n) except -1:
        """Take n records, for which there is room."""
        if self.held() == 0:
            self.due = (self.closed_at if self.eager else self.now) + self.wait
        append_block(<void *>self.open, items, n)
        if self.complete():
            self.close()
        return 0

    cdef inline int put(self, PyObject *x, Py_ssize_t nbytes) except -1:
        while True:
            if self.held() > 0 and nbytes > self.max_bytes - self.nbytes:
                self.close()
            elif self.open is None or room_in(<void *>self.open) < 1:
                self.reserve(1)
            else:
                break
        self.nbytes += nbytes
        return self.keep(&x, 1)

    cdef Py_ssize_t put_block(self, PyObject *source, Py_ssize_t start) except -1:
        """Put some of source[start:], a list or tuple; return how many."""
        cdef Py_ssize_t n = min(size_of(source) - start, self.limit - self.held())
        if self.open is None or room_in(<void *>self.open) < n:
            self.reserve(n)
            return 0
        self.keep(items_of(source) + start, n)
        return n

    cdef inline int lend(self, list batch) except -1:
        if self.reuse:
            self.lent_before = self.lent
            self.lent = batch
        return 0

    cdef list take(self):
        cdef list batches, rest = []
        batches, self.closed = self.closed, rest
        for batch in batches:
            self.lend(batch)
        return batches

    def add(self, x, /):
        """Take one record; return the batch that is complete or due now, or None.

        A record that comes when a batch is due opens the next one. Should that be complete at once, it comes out of the
        next call, and `deadline` says that there is no time to wait.
        """
        cdef Py_ssize_t nbytes = self.nbytes_of(x)
        cdef list batch
        self.arrive()
        self.put(<PyObject *>x, nbytes)
        self.settle()
        if not self.closed:
            return None
        batch = self.closed.pop(0)
        self.lend(batch)
        return batch

    def add_many(self, iterable, /):
        """Take every record of an iterable, all at the time of this call; return the batches that are complete or due.

        If it raises, the records taken before that stay, and a note says how many they are.
        """
        cdef Py_ssize_t taken = 0
        self.arrive()
        try:
            if self.max_bytes == UNBOUNDED and (type(iterable) is list or type(iterable) is tuple):
                while taken < size_of(<void *>iterable):
                    taken += self.put_block(<PyObject *>iterable, taken)
            else:
                for x in iterable:
                    self.put(<PyObject *>x, self.nbytes_of(x))
                    taken += 1
            self.settle()
        except BaseException as error:
            error.add_note(f"Batcher.add_many: {taken} records were taken before this")
            raise
        return self.take()

    def poll(self):
        """The batches that are due now, if any."""
        self.arrive()
        return self.take()

    def flush(self):
        """All records, due or not, as batches. The batcher is then empty."""
        if self.held() > 0:
            self.close()
        return self.take()

    def report(self, Py_ssize_t records, double seconds, /):
        """Tell how long it took to process a batch of so many records: what AdaptiveSize learns from, and no other."""
        if records < 1 or not seconds >= 0:
            raise ValueError(f"Batcher.report: expected at least 1 record and 0 seconds, got {records} and {seconds}")
        if self.adapt is not None:
            self.adapted = self.adapt(self.adapted, records, seconds)
            self.limit = max(1, min(self.max_records, int(self.adapted)))
            self.settle()

    @property
    def batch_size(self):
        """The number of records that make a batch complete; None where it does not depend on it."""
        return None if self.limit == UNBOUNDED else self.limit

    @property
    def deadline(self):
        """When, on the batcher's clock, poll() will find a batch: -inf for now, None for not before another record."""
        if self.closed:
            return -INFINITY
        return self.due if self.held() > 0 and self.wait < INFINITY else None

    def __len__(self):
        """The number of records taken and not handed out."""
        return self.held() + sum(map(len, self.closed))

    def __repr__(self):
        return f"<Batcher of {self.strategy}, {len(self)} records>"

    __class_getitem__ = classmethod(GenericAlias)
