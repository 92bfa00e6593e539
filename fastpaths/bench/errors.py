"""What the harness raises, and how that becomes an exit code.

Separate from fastpaths.errors: the harness imports nothing of the code that it measures.
"""

import sys
from collections.abc import Callable

from .streams import outliving_readers

OK, FAILED, INTERRUPTED = 0, 2, 130


class BenchError(Exception):
    """A measurement that cannot be made or believed; the command line prints it and exits with 2."""


class WrongAnswer(BenchError):
    """An operation did not return what its case expects, so its time would mean nothing."""


def exit_code(prog: str, command: Callable[[], int]) -> int:
    """Run a command; an error becomes one sentence on stderr and 2, Ctrl-C becomes 130."""
    with outliving_readers():
        try:
            return command()
        except BenchError as error:
            print(f"{prog}: {error}", file=sys.stderr)
            return FAILED
        except KeyboardInterrupt:
            print(f"{prog}: interrupted", file=sys.stderr)
            return INTERRUPTED
