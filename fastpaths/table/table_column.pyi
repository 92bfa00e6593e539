# Nothing for Python: table_column.pxd declares what Cython modules use.
