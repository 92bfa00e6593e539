# cython: language_level=3
"""The parts of a Column; column_data.pxd is the design."""


cdef class ColumnData:

    def __cinit__(self, type, Py_ssize_t length, values, validity=None, categories=None):
        self.type = type
        self.length = length
        self.values = values
        self.validity = validity
        self.categories = categories

    def __reduce__(self):
        return type(self), (self.type, self.length, self.values, self.validity, self.categories)
