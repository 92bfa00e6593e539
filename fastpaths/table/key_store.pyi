# Nothing for Python: key_store.pxd declares what Cython modules use.
