# cython: language_level=3
"""The timed loop. Every instrument that measures time goes through `time_loops`.

What is inside the clock readings: `loops` times a vectorcall of the operation and the release of its result. No
bytecode, no argument tuple, no counter object: an empty Python function costs its own frame and nothing else.
"""

cimport cython
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject

from time import perf_counter_ns, process_time_ns

cdef extern from "Python.h":
    size_t PY_VECTORCALL_ARGUMENTS_OFFSET
    object PyObject_Vectorcall(object callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
    int PyGC_Disable()
    int PyGC_Enable()


@cython.final
cdef class _Arguments:
    """A C array of references, which the tuple keeps alive, with the spare slot in front that vectorcall may use."""

    cdef tuple values
    cdef PyObject **slots
    cdef size_t nargsf

    def __cinit__(self, tuple values not None):
        cdef Py_ssize_t i, n = len(values)
        self.values = values
        self.slots = <PyObject **>PyMem_Malloc((n + 1) * sizeof(PyObject *))
        if self.slots == NULL:
            raise MemoryError
        self.slots[0] = NULL
        for i in range(n):
            self.slots[i + 1] = <PyObject *>values[i]
        self.nargsf = <size_t>n | PY_VECTORCALL_ARGUMENTS_OFFSET

    def __dealloc__(self):
        PyMem_Free(self.slots)


cdef inline int _pass(object function, _Arguments arguments, bint each) except -1:
    """One operation: `function(*arguments)`, or with `each` one call for every argument."""
    cdef PyObject **first = arguments.slots + 1
    cdef Py_ssize_t i
    if not each:
        PyObject_Vectorcall(function, first, arguments.nargsf, NULL)
        return 0
    for i in range(len(arguments.values)):
        # The slot before element i holds element i - 1: vectorcall restores whatever it puts there.
        PyObject_Vectorcall(function, first + i, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
    return 0


def time_loops(object function, tuple arguments, long long loops, *, bint each=False, object reset=None, bint gc=False):
    """Time `loops` operations; return (wall, cpu) in nanoseconds: the monotonic clock, and the process's CPU time.

    An operation is `function(*arguments)`; with `each` it is one call for every element of `arguments`. `reset()` runs
    untimed before each operation; the clocks are then read around every single one. The cyclic garbage collector is off
    unless `gc`, and as it was afterwards. Whatever the operation raises comes out.
    """
    if loops < 0:
        raise ValueError(f"loops must not be negative, got {loops}")
    cdef _Arguments prepared = _Arguments(arguments)
    cdef long long _i, rounds = loops if reset is not None else 1, span = 1 if reset is not None else loops
    cdef long long wall = 0, cpu = 0, wall_start, cpu_start
    cdef bint was_enabled = PyGC_Enable() if gc else PyGC_Disable()
    try:
        for _ in range(rounds):
            if reset is not None:
                reset()
            cpu_start = process_time_ns()
            wall_start = perf_counter_ns()
            for _i in range(span):
                _pass(function, prepared, each)
            wall += <long long>perf_counter_ns() - wall_start
            cpu += <long long>process_time_ns() - cpu_start
    finally:
        if was_enabled:
            PyGC_Enable()
        else:
            PyGC_Disable()
    return wall, cpu
