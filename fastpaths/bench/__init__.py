"""The benchmark harness: cases, and the instruments that measure them.

Nothing here imports another part of fastpaths, and all imports inside are relative: `fastpaths compare` loads this one
harness beside each of the two versions that it measures.
"""

from .case import Op, case

__all__ = ["Op", "case", "main"]


def main() -> None:
    """Measure the cases of the script that calls this: `python benchmarks/X.py [CASE…] [options of fastpaths time]`."""
    from .timing import script  # pyperf and rich: a worker that only loads the case file does without

    script()
