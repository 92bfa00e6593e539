# Nothing for Python: categories.pxd declares what Cython modules use.
