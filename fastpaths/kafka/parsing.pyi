# Nothing for Python: parsing.pxd declares what Cython modules use.
