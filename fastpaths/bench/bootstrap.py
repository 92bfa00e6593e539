"""Runs a module of this harness on a side: `PYTHON -P bootstrap.py LOOPS MODULE [ARGUMENT…]`, LOOPS being the folder of
the compiled modules for that interpreter.

One harness measures both sides: fastpaths.bench is the package that this file lies in, whatever the side has under that
name; everything else, the rest of fastpaths too, is the side's. Here, as in all that a side loads, the standard library
has to suffice.
"""

import importlib.util
import runpy
import site
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

BENCH = "fastpaths.bench"


class Finder:
    """In front of sys.meta_path: finds this harness, and what is installed on the side before anything on sys.path.

    For a case file may well put the folder of its project on sys.path: it lies in the controller's tree, whose code
    would then be measured on both sides.
    """

    def __init__(self, loops: str) -> None:
        self._harness = [loops, str(Path(__file__).parent)]
        self._installed = site.getsitepackages()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == BENCH:
            initial = Path(__file__).with_name("__init__.py")
            return importlib.util.spec_from_file_location(name, initial, submodule_search_locations=self._harness)
        if path is not None or name in sys.stdlib_module_names:
            return None
        found = PathFinder.find_spec(name, self._installed)
        if found is not None and found.loader is None and found.submodule_search_locations is not None:
            # A namespace: as far as the side has it, without what sys.path could add to it later.
            found.submodule_search_locations = list(found.submodule_search_locations)
        return found


def main(loops: str, module: str, arguments: Sequence[str]) -> None:
    sys.meta_path.insert(0, Finder(loops))
    parent = BENCH.partition(".")[0]
    if importlib.util.find_spec(parent) is None:
        sys.modules[parent] = ModuleType(parent)
        sys.modules[parent].__path__ = []
    sys.argv[1:] = arguments
    runpy.run_module(f"{BENCH}.{module}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
