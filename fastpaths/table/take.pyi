# Nothing for Python: take.pxd declares what Cython modules use.
