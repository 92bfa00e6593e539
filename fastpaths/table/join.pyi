# Nothing for Python: join.pxd declares what Cython modules use.
