"""The benchmark harness: cases, and the instruments that measure them.

Nothing here imports another part of fastpaths, and all imports inside are relative: `fastpaths compare` loads this one
harness beside each of the two versions that it measures.
"""

from .case import Op, case

__all__ = ["Op", "case"]
