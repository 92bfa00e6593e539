# Nothing for Python: objects.pxd declares what Cython modules use.
