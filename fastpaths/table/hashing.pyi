# Nothing for Python: hashing.pxd declares what Cython modules use.
