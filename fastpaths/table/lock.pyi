# Nothing for Python: lock.pxd declares what Cython modules use.
