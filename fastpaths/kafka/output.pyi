# Nothing for Python: output.pxd declares what Cython modules use.
