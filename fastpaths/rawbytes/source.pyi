# Nothing for Python: source.pxd declares what Cython modules use.
