"""The report: what result files say, on one page that needs nothing but a browser."""
