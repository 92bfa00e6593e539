# Nothing for Python: rows.pxd declares what Cython modules use.
