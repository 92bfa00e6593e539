"""What the harness raises. Separate from fastpaths.errors: the harness imports nothing of the code that it measures."""


class BenchError(Exception):
    """A measurement that cannot be made or believed; the command line prints it and exits with 2."""


class WrongAnswer(BenchError):
    """An operation did not return what its case expects, so its time would mean nothing."""
