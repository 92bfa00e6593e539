# Nothing for Python: staging.pxd declares what Cython modules use.
