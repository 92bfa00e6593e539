"""The benchmark harness: cases, and the instruments that measure them.

Nothing here imports another part of fastpaths, and all imports inside are relative: `fastpaths compare` loads this one
harness beside each of the two versions that it measures.
"""

from typing import TYPE_CHECKING

from .case import Op, case

if TYPE_CHECKING:
    from .gate.comparing import Settings, compare

__all__ = ["Op", "Settings", "case", "compare", "main"]


def main() -> None:
    """Measure the cases of the script that calls this: `python benchmarks/X.py [CASE…] [options of fastpaths time]`."""
    from .timing import script  # pyperf and rich: a worker that only loads the case file does without

    script()


def __getattr__(name: str) -> object:
    if name in ("Settings", "compare"):  # not for a side, where the standard library has to do
        from .gate import comparing

        return getattr(comparing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
