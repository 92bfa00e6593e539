"""The root of every error that fastpaths raises on its own account."""


class FastpathsError(Exception):
    """Base of fastpaths' errors. Bad input raises a subclass that is also the nearest built-in error."""
