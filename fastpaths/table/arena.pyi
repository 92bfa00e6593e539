# Nothing for Python: arena.pxd declares what Cython modules use.
