# Nothing for Python: hash_table.pxd declares what Cython modules use.
