# Nothing for Python: search.pxd declares what Cython modules use.
