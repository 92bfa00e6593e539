# Nothing for Python: store.pxd declares what Cython modules use.
