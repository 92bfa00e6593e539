# Nothing for Python: keys.pxd declares what Cython modules use.
